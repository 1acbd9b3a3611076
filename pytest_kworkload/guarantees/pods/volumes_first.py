"""pod-volumes-first: no container of a pod starts before what its volumes need is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...history.model import History, Object, Version
from ...objects.claims import CLAIM, claim_names
from ...objects.steps import CACHE_LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

SOURCES = ("ConfigMap", CLAIM)

# So long the pod must have been without it, or nothing shows that it was waited for.
TELLING = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Source:
    """What a volume of the pod is made from, and when that was there; None: not yet. `before`: already when the pod came."""

    kind: str
    name: str
    since: datetime | None
    before: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def check_volumes_first(history: History, uid: str) -> Finding:
    """When the first container of the pod was seen to have started, each source was there; and one came after the pod."""
    pod = history.seen("Pod")[uid]
    made, started = _made(history, uid), _started(history, uid)
    sources = [_source(history, kind, name, made) for kind, name in _needed(pod)]

    def found(**parts: Any) -> Finding:
        terms = (f"its volumes need: {', '.join(map(str, sources)) or 'nothing that may be missing'}",)
        return Finding(CATALOGUE["pod-volumes-first"], f"Pod {pod['metadata']['name']}", terms, trigger=made, **parts)

    if made is None:
        return found(vacuous="the pod was there before the block", change="apply it in the block")
    if not sources:
        return found(
            vacuous="its volumes need nothing that may be missing, so there was nothing to wait for",
            change="spec.volumes: a ConfigMap that is not optional, or a claim",
        )
    if started is None:
        return found(breaches=(Breach("none of its containers started"),), change="what its events name")
    early = [one for one in sources if one.since is None or one.since > started + CACHE_LAG]
    if early:
        breaches = tuple(Breach(f"a container started before {one} was there", started) for one in early)
        return found(breaches=breaches, change="who takes it away, or writes the pod's status")
    late = [one for one in sources if not one.before and one.since is not None and one.since - made >= TELLING]
    if not late:
        return found(vacuous="all of it was there when the pod came, or a moment later", change="apply it a second or more after the pod")
    last = max(one.since for one in late if one.since is not None)
    return found(evidence={"awaited": tuple(map(str, late)), "seconds": (started - last).total_seconds()})


def started(history: History, uid: str) -> bool:
    return _started(history, uid) is not None


def _needed(pod: Object) -> list[tuple[str, str]]:
    maps = [one["configMap"] for one in pod["spec"].get("volumes") or () if "configMap" in one]
    named = [("ConfigMap", str(one["name"])) for one in maps if not one.get("optional")]
    return list(dict.fromkeys([*named, *((CLAIM, name) for name in claim_names(pod).values())]))


def _source(history: History, kind: str, name: str, made: datetime | None) -> _Source:
    alive = [one for one in history.before(kind).values() if one["metadata"]["name"] == name]
    if any(_there(one) for one in alive):
        return _Source(kind, name, history.started, True)
    first = next((one for one in history.of(kind) if one.name == name and one.type != "DELETED" and _there(one.object)), None)
    return _Source(kind, name, first.received if first else None, first is not None and made is not None and first.received <= made)


def _there(source: Object) -> bool:
    return bool(source["kind"] != CLAIM or source.get("status", {}).get("phase") == "Bound")


def _versions(history: History, uid: str) -> list[Version]:
    return [one for one in history.of("Pod") if one.uid == uid]


def _made(history: History, uid: str) -> datetime | None:
    """When the pod came; None if it was there before."""
    return next((one.received for one in _versions(history, uid) if one.type == "ADDED"), None)


def _started(history: History, uid: str) -> datetime | None:
    """When a container, init containers among them, was first seen to run or to have run."""
    for version in _versions(history, uid):
        status = version.object.get("status", {})
        every = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
        if any({"running", "terminated"} & (one.get("state") or {}).keys() or one.get("restartCount") for one in every):
            return version.received
    return None
