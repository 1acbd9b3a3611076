"""pod-volumes-first: no container of a pod starts before everything that its volumes need is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...history.model import History, Object, Version
from ...objects.claims import CLAIM, claim_names
from ...objects.containers import begun, statuses
from ...objects.steps import CACHE_LAG
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import there_before_the_block

SOURCES = ("ConfigMap", CLAIM)

# The pod must have been without it for at least this long, or nothing shows that it waited.
_TELLING = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Source:
    """What a volume of the pod is made from, and since when it was there; None: not yet. `before`: already when the pod came."""

    kind: str
    name: str
    since: datetime | None
    before: bool

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def check_volumes_first(history: History, uid: str) -> Finding:
    """When the first container of the pod was seen to have started, each source was there; and one came after the pod."""
    pod = history.seen("Pod")[uid]
    created, started = _created(history, uid), container_started(history, uid)
    sources = [_source(history, kind, name, created) for kind, name in _needed(pod)]
    terms = (f"its volumes need: {', '.join(map(str, sources)) or 'nothing that may be missing'}",)
    look = tuple(dict.fromkeys(one.kind for one in sources))
    judging = Judging.of(CATALOGUE["pod-volumes-first"], pod, *terms, trigger=created, look=look)
    if reason := there_before_the_block(history, pod, "its start was not seen"):
        return judging.vacuous(*reason)
    if not sources:
        return judging.vacuous(
            "its volumes need nothing that may be missing, so there was nothing to wait for",
            change="spec.volumes: a ConfigMap that is not optional, or a claim",
        )
    if started is None:
        return judging.found((Breach("none of its containers started"),), check="what its events name")
    early = [one for one in sources if one.since is None or one.since > started + CACHE_LAG]
    if early:
        return judging.found(
            (Breach(f"a container started before {one} was there", started) for one in early),
            check="who takes it away, or writes the pod's status instead of its kubelet",
        )
    late = {one: one.since for one in sources if created and one.since and not one.before and one.since - created >= _TELLING}
    if not late:
        return judging.vacuous("all of it was there when the pod came, or a moment later", do="apply it a second or more after the pod")
    return judging.found(evidence={"awaited": tuple(map(str, late)), "seconds": (started - max(late.values())).total_seconds()})


def container_started(history: History, uid: str) -> datetime | None:
    """When a container, init containers among them, was first seen to run or to have run."""
    for version in _versions(history, uid):
        if any(map(begun, statuses(version.object).values())):
            return version.received
    return None


def _needed(pod: Object) -> list[tuple[str, str]]:
    maps = [one["configMap"] for one in pod["spec"].get("volumes") or () if "configMap" in one]
    named = [("ConfigMap", str(one["name"])) for one in maps if not one.get("optional")]
    return list(dict.fromkeys([*named, *((CLAIM, name) for name in claim_names(pod).values())]))


def _source(history: History, kind: str, name: str, created: datetime | None) -> _Source:
    alive = [one for one in history.before(kind).values() if one["metadata"]["name"] == name]
    if any(_there(one) for one in alive):
        return _Source(kind, name, history.started, True)
    first = next((one for one in history.of(kind) if one.name == name and one.type != "DELETED" and _there(one.object)), None)
    return _Source(kind, name, first.received if first else None, first is not None and created is not None and first.received <= created)


def _there(source: Object) -> bool:
    return bool(source["kind"] != CLAIM or source.get("status", {}).get("phase") == "Bound")


def _versions(history: History, uid: str) -> list[Version]:
    return [one for one in history.of("Pod") if one.uid == uid]


def _created(history: History, uid: str) -> datetime | None:
    """When the pod came; None if it was there before."""
    return next((one.received for one in _versions(history, uid) if one.type == "ADDED"), None)
