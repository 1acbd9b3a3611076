"""What a PodDisruptionBudget asks for, computed from the pods and their controllers as its own controller does; status is not believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..history.model import History, Object
from .numbers import scaled
from .pods import terminating
from .readiness import observed, unready
from .selection import matches

KIND = "PodDisruptionBudget"
SCALED = ("Deployment", "ReplicaSet", "StatefulSet")  # the kinds that say how many pods they want, of those that are recorded
SELECTOR = "spec.selector: the labels of the pods' template"


@dataclass(frozen=True, slots=True)
class Count:
    """Of the budget's pods: how many there should be, how many must stay healthy, and how many are.

    `wanted` is what their controllers want; `expected` what the budget counts from, which for a whole number in minAvailable is
    the pods that there are. `strange` are those whose controller does not say how many it wants.
    """

    expected: int
    needed: int
    healthy: int
    wanted: int
    strange: tuple[str, ...]

    @property
    def allowed(self) -> int:
        return max(0, self.healthy - self.needed) if self.expected > 0 else 0


def count(budget: Object, objects: Mapping[str, Mapping[str, Object]]) -> Count:
    """Count a budget against the objects of one moment, by kind and uid."""
    pods = [pod for pod in objects["Pod"].values() if covers(budget, pod)]
    sizes, strange = _sizes(pods, objects)
    wanted = sum(sizes.values())
    field, raw = bound(budget)
    if field == "minAvailable":
        expected = len(pods) if isinstance(raw, int) else wanted
        needed = scaled(raw, expected, "up")
    else:
        expected = wanted
        needed = max(0, expected - scaled(raw, expected, "up"))
    return Count(expected, needed, sum(map(healthy, pods)), wanted or len(pods), strange)


def at_start(history: History) -> dict[str, Mapping[str, Object]]:
    return {kind: history.before(kind) for kind in ("Pod", *SCALED)}


def at_end(history: History) -> dict[str, Mapping[str, Object]]:
    return {kind: history.objects(kind) for kind in ("Pod", *SCALED)}


def covers(budget: Object, pod: Object) -> bool:
    """Whether the budget's selector selects the pod; labels decide here, not owners."""
    return matches(budget["spec"].get("selector"), pod["metadata"].get("labels") or {})


def healthy(pod: Object) -> bool:
    """Ready, and not on its way out. A finished pod is never Ready."""
    return not terminating(pod) and unready(pod) is None and pod.get("status", {}).get("phase") != "Succeeded"


def bound(budget: Object) -> tuple[str, int | str]:
    """The field that says how many, and its value. Without either nothing is promised."""
    spec = budget["spec"]
    return next(((field, spec[field]) for field in ("minAvailable", "maxUnavailable") if field in spec), ("minAvailable", 0))


def told(budget: Object) -> str:
    field, raw = bound(budget)
    return f"{field} {raw}"


def counted(history: History, uid: str) -> bool:
    """Whether the budget's controller has seen its spec and counts the healthy pods that are there: before, it refuses everything."""
    budget = history.objects(KIND).get(uid)
    if budget is None:
        return False
    there = sum(covers(budget, pod) and healthy(pod) for pod in history.objects("Pod").values())
    return observed(budget) and int(budget.get("status", {}).get("currentHealthy", -1)) == there


def _sizes(pods: Iterable[Object], objects: Mapping[str, Mapping[str, Object]]) -> tuple[dict[str, int], tuple[str, ...]]:
    """The sizes of the pods' controllers by uid, and the pods whose controller has none. A bare pod counts for nothing."""
    sizes: dict[str, int] = {}
    strange: list[str] = []
    for pod in pods:
        owner = _controller(pod)
        if owner is None:
            continue
        above = objects.get("ReplicaSet", {}).get(str(owner["uid"]))
        if above is not None and (grand := _controller(above)) is not None and grand["kind"] == "Deployment":
            owner = grand
        known = objects.get(str(owner["kind"]), {}).get(str(owner["uid"])) if owner["kind"] in SCALED else None
        if known is None:
            strange.append(f"{pod['metadata']['name']}  of {owner['kind']} {owner['name']}")
        else:
            sizes[str(owner["uid"])] = int(known["spec"].get("replicas", 1))
    return sizes, tuple(sorted(strange))


def _controller(obj: Object) -> Mapping[str, Any] | None:
    return next((one for one in obj["metadata"].get("ownerReferences") or () if one.get("controller")), None)
