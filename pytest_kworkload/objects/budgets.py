"""What a PodDisruptionBudget asks for, computed from the pods and their controllers as its own controller does, not from its status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..history.model import History, Object
from .numbers import scaled
from .pods import finished, terminating
from .readiness import observed, unready
from .selection import matches

KIND = "PodDisruptionBudget"
SCALED = ("Deployment", "ReplicaSet", "StatefulSet")  # the kinds that say how many pods they want, of those that are recorded
UNSCALED = ("DaemonSet", "Job", "Node")  # Kubernetes' own kinds that have pods and no scale
SIZELESS, GONE, UNKNOWN = "it has no size", "it is gone", "it is not recorded"
SELECTOR = "spec.selector: the labels of the pods' template"


@dataclass(frozen=True, slots=True)
class Strange:
    """A pod whose controller does not say how many it wants, and why it does not."""

    pod: str
    controller: str
    why: str

    def __str__(self) -> str:
        return f"{self.pod}  of {self.controller}"


@dataclass(frozen=True, slots=True)
class Count:
    """Of the budget's pods: how many there should be, how many must stay healthy, and how many are.

    `wanted` is what their controllers want, and the pods for which none says that; `expected` what the budget counts from, which
    for a whole number in minAvailable is the pods that there are.
    """

    expected: int
    needed: int
    healthy: int
    wanted: int
    strange: tuple[Strange, ...]

    @property
    def allowed(self) -> int:
        return max(0, self.healthy - self.needed) if self.expected > 0 else 0


def count(budget: Object, objects: Mapping[str, Mapping[str, Object]], ever: Mapping[str, Object] | None = None) -> Count:
    """Count a budget against the objects of one moment, by kind and uid.

    The controllers are those of its pods, or of all pods that `ever` were there: one that has lost all of its pods still wants them.
    """
    pods = [pod for pod in objects["Pod"].values() if covers(budget, pod)]
    sizes, strange = _sizes(pods if ever is None else (pod for pod in ever.values() if covers(budget, pod)), objects)
    size = sum(sizes.values())
    field, raw = bound(budget)
    expected = size if fractional(budget) else len(pods)
    part = scaled(raw, expected, "up")
    needed = part if field == "minAvailable" else max(0, expected - part)
    alone = sum(_sized(pod, objects) is None and not finished(pod) and not terminating(pod) for pod in pods)
    return Count(expected, needed, sum(map(healthy, pods)), size + alone, strange)


def at_start(history: History) -> dict[str, Mapping[str, Object]]:
    return {kind: history.before(kind) for kind in ("Pod", *SCALED)}


def at_end(history: History) -> dict[str, Mapping[str, Object]]:
    return {kind: history.objects(kind) for kind in ("Pod", *SCALED)}


def covers(budget: Object, pod: Object) -> bool:
    """Whether the budget's selector selects the pod; labels decide here, not owners."""
    return matches(budget["spec"].get("selector"), pod["metadata"].get("labels") or {})


def whole_number(budget: Object) -> str:
    """What to change in a budget that counts from what the controllers want."""
    return f"spec.minAvailable: a whole number (now {bound_text(budget)})"


def healthy(pod: Object) -> bool:
    """Ready, and not on its way out. A finished pod is never Ready."""
    return not terminating(pod) and unready(pod) is None and pod.get("status", {}).get("phase") != "Succeeded"


def bound(budget: Object) -> tuple[str, int | str]:
    """The field that says how many, and its value. Without either nothing is promised."""
    spec = budget["spec"]
    return next(((field, spec[field]) for field in ("minAvailable", "maxUnavailable") if field in spec), ("minAvailable", 0))


def fractional(budget: Object) -> bool:
    """Whether the budget counts from what the controllers want, and not from the pods that are there."""
    field, raw = bound(budget)
    return field == "maxUnavailable" or isinstance(raw, str)


def bound_text(budget: Object) -> str:
    field, raw = bound(budget)
    return f"{field} {raw}"


def caught_up(history: History, uid: str) -> bool:
    """Whether the budget's controller has seen its spec and counts the healthy pods that there are: until then it refuses evictions."""
    budget = history.objects(KIND).get(uid)
    if budget is None:
        return False
    there = sum(covers(budget, pod) and healthy(pod) for pod in history.objects("Pod").values())
    return observed(budget) and int(budget.get("status", {}).get("currentHealthy", -1)) == there


def uncountable(history: History, uid: str) -> bool:
    """Whether the budget's controller gives up on its pods and refuses every eviction, for as long as they are there."""
    budget = history.objects(KIND).get(uid)
    return budget is not None and fractional(budget) and any(one.why == SIZELESS for one in count(budget, at_end(history)).strange)


def _sizes(pods: Iterable[Object], objects: Mapping[str, Mapping[str, Object]]) -> tuple[dict[str, int], tuple[Strange, ...]]:
    """The sizes of the pods' controllers by uid, and the pods whose controller has none. A bare pod counts for nothing."""
    sizes: dict[str, int] = {}
    strange: list[Strange] = []
    for pod in pods:
        size = _sized(pod, objects)
        if size is not None:
            sizes[size[0]] = size[1]
        elif (owner := _controller(pod)) is not None:
            strange.append(Strange(str(pod["metadata"]["name"]), f"{owner['kind']} {owner['name']}", _why(owner)))
    return sizes, tuple(sorted(strange, key=str))


def _sized(pod: Object, objects: Mapping[str, Mapping[str, Object]]) -> tuple[str, int] | None:
    """The uid and the size of the pod's controller; of a ReplicaSet's Deployment, if it has one."""
    owner = _controller(pod)
    if owner is None:
        return None
    above = objects.get("ReplicaSet", {}).get(str(owner["uid"]))
    if above is not None and (grand := _controller(above)) is not None and grand["kind"] == "Deployment":
        owner = grand
    known = objects.get(str(owner["kind"]), {}).get(str(owner["uid"])) if owner["kind"] in SCALED else None
    return None if known is None else (str(owner["uid"]), int(known["spec"].get("replicas", 1)))


def _why(owner: Mapping[str, Any]) -> str:
    """Why no size is known. What is not Kubernetes' own, or a ReplicationController, may well have a scale, and is not recorded."""
    if "." in str(owner.get("apiVersion", "")).partition("/")[0]:
        return UNKNOWN
    return SIZELESS if owner["kind"] in UNSCALED else GONE if owner["kind"] in SCALED else UNKNOWN


def _controller(obj: Object) -> Mapping[str, Any] | None:
    return next((one for one in obj["metadata"].get("ownerReferences") or () if one.get("controller")), None)
