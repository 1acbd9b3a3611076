"""Why a pod that was available no longer is, as far as the history tells. For the reader; no verdict rests on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...history.events import events, newest
from ...history.model import History, Object
from ...objects.availability import Moment
from ...objects.pods import controller, finished, terminating
from ...objects.readiness import condition, pod_trouble
from ...objects.revisions import sizes
from ..judging import Advice

SCALED_DOWN, EVICTED, DELETED, CRASHED, UNREADY, RELEASED = "scaled down", "evicted", "deleted", "crashed", "not ready", "released"


@dataclass(frozen=True, slots=True)
class Loss:
    """What happened to one pod: a kind from above, the words for it, and Kubernetes' reason for an eviction."""

    pod: str
    kind: str
    text: str
    reason: str = ""


def losses(history: History, every: Sequence[Moment], broke: Moment, wanted: int) -> list[Loss]:
    """Why available pods are missing from the `wanted` number at this moment: the last losses before it, newest first.

    Of the pods that an update took down earlier, most have been replaced by then; those are no cause.
    """
    held: dict[str, Object] = {}
    lost: dict[str, tuple[Object, Object | None]] = {}
    for moment in every:
        for uid in held:
            pod = moment.pods.get(uid)
            if pod is not None and pod.available:
                lost.pop(uid, None)
            elif uid not in lost:
                lost[uid] = (held[uid], pod.object if pod else None)
        held.update((uid, pod.object) for uid, pod in moment.pods.items() if pod.available)
        if moment is broke:
            break
    last = list(lost.values())[::-1][: wanted - broke.available]
    return [_loss(history, was, now) for was, now in last]


def losses_text(causes: Iterable[Loss]) -> str:
    """One sentence: the pods of each kind of loss together."""
    groups: dict[str, list[str]] = {}
    for one in causes:
        groups.setdefault(one.text, []).append(one.pod)
    return "; ".join(f"{', '.join(sorted(pods))}: {text}" for text, pods in groups.items())


def last_warning(history: History, about: Collection[str]) -> Advice:
    """Why pods did not come: the last warning about these objects (by uid), if one was seen."""
    warnings = [text for text in newest(history, *about) if text.startswith("Warning")]
    if warnings:
        return Advice(warnings[-1], check="what the warning names (a quota, an admission webhook, a node without room)")
    return Advice("no warning about it was seen", check="what keeps the pods from being available: see their events and logs")


def _loss(history: History, was: Object, now: Object | None) -> Loss:
    """Why a pod that was available in one version is not in the next one (None: it is not among the workload's pods)."""
    name, uid = str(was["metadata"]["name"]), str(was["metadata"]["uid"])
    latest = history.seen("Pod")[uid]
    if now is None and controller(latest) != controller(was):
        return Loss(name, RELEASED, "released by its controller: its labels no longer match the selector")
    if now is None or terminating(now) or finished(now):
        disrupted = condition(latest, "DisruptionTarget")
        if disrupted.get("status") == "True":
            reason = str(disrupted.get("reason", ""))
            return Loss(name, EVICTED, f"evicted ({reason})", reason)
    if now is None or terminating(now):
        if _deleted_by_controller(history, was):
            return Loss(name, SCALED_DOWN, "taken down by the controller")
        return Loss(name, DELETED, "deleted, but not by the controller")
    end = _end_of_container(was, now)
    if end is not None:
        return Loss(name, CRASHED, end)
    return Loss(name, UNREADY, pod_trouble(now))


def _end_of_container(was: Object, now: Object) -> str | None:
    """The container that ended since a pod was available."""
    restarts = {one["name"]: one.get("restartCount", 0) for one in was.get("status", {}).get("containerStatuses") or ()}
    for one in now.get("status", {}).get("containerStatuses") or ():
        ended = one.get("state", {}).get("terminated")
        if ended is None and one.get("restartCount", 0) > restarts.get(one["name"], 0):
            ended = one.get("lastState", {}).get("terminated") or {}
        if ended is not None:
            return f"container {one['name']} ended with exit code {ended.get('exitCode')} ({ended.get('reason', 'no reason')})"
    return f"the pod failed ({now['status'].get('reason') or 'no reason'})" if finished(now) else None


def _deleted_by_controller(history: History, pod: Object) -> bool:
    """A controller writes an Event for each pod that it deletes; others do not."""
    name, owner = str(pod["metadata"]["name"]), controller(pod)
    if owner is None:
        return False
    lines = {str(one.get("message", "")) for one in events(history, owner) if one.get("reason") == "SuccessfulDelete"}
    if any(name in text.replace(",", " ").split() for text in lines):
        return True
    # Events may be lost or late. As long as fewer were seen than pods had to go, this one's may be missing.
    return len(lines) < _shrunk(history, owner)


def _shrunk(history: History, replica_set: str) -> int:
    """By how many pods a ReplicaSet was made smaller."""
    return sum(max(0, earlier - later) for earlier, later in pairwise(sizes(history, "ReplicaSet", replica_set)))
