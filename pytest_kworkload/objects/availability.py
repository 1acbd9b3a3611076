"""The pods of a workload in every state of a window, derived from the pod stream alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..history.model import History, Object, Version
from .pods import finished, terminating
from .readiness import condition

# A Ready condition's time is cut to whole seconds, and the controllers count minReadySeconds from it: a pod may count as
# available up to this much earlier than the time at which it became Ready.
WHOLE_SECONDS = timedelta(seconds=1)

AVAILABLE, READY, UNREADY, PENDING, TERMINATING, FINISHED = "available", "ready", "not ready", "pending", "terminating", "finished"


@dataclass(frozen=True, slots=True)
class PodState:
    """A pod at one moment."""

    object: Object
    condition: str

    @property
    def uid(self) -> str:
        return str(self.object["metadata"]["uid"])

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])

    @property
    def available(self) -> bool:
        return self.condition == AVAILABLE


@dataclass(frozen=True, slots=True)
class Moment:
    """All pods of a workload between two changes. `version` made it; None: the window's start, or time that passed."""

    at: datetime
    pods: Mapping[str, PodState]
    version: Version | None

    @property
    def available(self) -> int:
        return sum(pod.available for pod in self.pods.values())


@dataclass(frozen=True, slots=True)
class _Ready:
    """Since when a pod has been Ready: as the cluster wrote it, and by our clock."""

    transition: str
    since: datetime


def moments(history: History, mine: Callable[[Object], bool], min_ready_seconds: int = 0) -> Iterator[Moment]:
    """Every state that the chosen pods were in, the window's start first; pods that become available as time passes included."""
    wait = max(timedelta(), timedelta(seconds=min_ready_seconds) - WHOLE_SECONDS)
    # All pods, not only the chosen ones: a pod that is adopted in the window may have been Ready for long.
    objects = dict(history.before("Pod"))
    ready = {uid: _at_start(pod, history.started) for uid, pod in objects.items() if _is_ready(pod)}
    ahead = _ahead(history)

    def state(at: datetime, version: Version | None) -> Moment:
        pods = {uid: PodState(pod, _condition(pod, _ripe(uid, at))) for uid, pod in objects.items() if mine(pod)}
        return Moment(at, pods, version)

    def _ripe(uid: str, at: datetime) -> bool:
        return uid in ready and ready[uid].since + wait <= at

    def ripening(after: datetime, until: datetime) -> list[datetime]:
        times = {one.since + wait for uid, one in ready.items() if mine(objects[uid])}
        return sorted(at for at in times if after < at <= until)

    yield state(history.started, None)
    last = history.started
    for version in history.of("Pod"):
        uid, pod = version.uid, version.object
        concerned = mine(pod) or (uid in objects and mine(objects[uid]))
        if concerned:
            for at in ripening(last, version.received):
                yield state(at, None)
        if version.type == "DELETED":
            objects.pop(uid, None)
            ready.pop(uid, None)
        else:
            objects[uid] = pod
            transition = _transition(pod)
            if not _is_ready(pod):
                ready.pop(uid, None)
            elif uid not in ready or ready[uid].transition != transition:  # another time: it was not Ready in between
                ready[uid] = _Ready(transition, _since(transition, version.received, ahead))
        if concerned:
            last = version.received
            yield state(last, version)
    for at in ripening(last, history.ended):
        yield state(at, None)


def _is_ready(pod: Object) -> bool:
    return condition(pod, "Ready").get("status") == "True"


def _transition(pod: Object) -> str:
    return str(condition(pod, "Ready").get("lastTransitionTime") or "")


def _ahead(history: History) -> timedelta:
    """How far our clock is ahead of the cluster's, at most: as far as in the news that came fastest, counted from its own time."""
    ahead = timedelta.max
    for version in history.of("Pod"):
        stamps = [version.object["metadata"].get("creationTimestamp")]
        stamps += [one.get("lastTransitionTime") for one in version.object.get("status", {}).get("conditions") or ()]
        newest = max((str(one) for one in stamps if one), default="")
        if newest:
            ahead = min(ahead, version.received - datetime.fromisoformat(newest))
    return ahead


def _since(transition: str, received: datetime, ahead: timedelta) -> datetime:
    """When that was by our clock: not always when it came to us, for a busy node may write it late, and controllers go by what it says."""
    return min(received, datetime.fromisoformat(transition) + ahead) if transition else received


def _at_start(pod: Object, started: datetime) -> _Ready:
    text = _transition(pod)
    return _Ready(text, min(datetime.fromisoformat(text), started) if text else started)


def _condition(pod: Object, ripe: bool) -> str:
    if finished(pod):
        return FINISHED
    if terminating(pod):
        return TERMINATING
    if _is_ready(pod):
        return AVAILABLE if ripe else READY
    return PENDING if pod.get("status", {}).get("phase", "Pending") == "Pending" else UNREADY
