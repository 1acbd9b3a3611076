"""Why a pod that was available is not any more, as far as the history tells. For the reader; no verdict rests on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from ..history.events import events
from ..history.model import History, Object
from .pods import TERMINATING, PodState, controller
from .readiness import condition, pod_trouble

SCALED_DOWN, EVICTED, DELETED, CRASHED, UNREADY = "scaled down", "evicted", "deleted", "crashed", "not ready"


@dataclass(frozen=True, slots=True)
class Loss:
    """What happened to one pod: a kind from above, and the words for it."""

    pod: str
    kind: str
    text: str


def loss(history: History, pod: PodState) -> Loss:
    """Why this pod, in its first state that is not available, is not."""
    latest = history.seen("Pod").get(pod.uid, pod.object)
    if pod.condition == TERMINATING:
        disrupted = condition(latest, "DisruptionTarget")
        if disrupted.get("status") == "True":
            return Loss(pod.name, EVICTED, f"evicted ({disrupted.get('reason', '')})")
        if _deleted_by_controller(history, pod.object):
            return Loss(pod.name, SCALED_DOWN, "taken down by its controller")
        return Loss(pod.name, DELETED, "deleted, and not by its controller")
    if pod.object.get("status", {}).get("phase") == "Failed":
        reason = pod.object["status"].get("reason") or "its containers ended"
        return Loss(pod.name, CRASHED, f"failed ({reason})")
    for one in pod.object.get("status", {}).get("containerStatuses") or ():
        ended = one.get("state", {}).get("terminated") or (None if one.get("ready") else one.get("lastState", {}).get("terminated"))
        if ended:
            return Loss(
                pod.name, CRASHED, f"container {one['name']} ended with exit code {ended.get('exitCode')} ({ended.get('reason', '')})"
            )
    return Loss(pod.name, UNREADY, pod_trouble(pod.object))


def _deleted_by_controller(history: History, pod: Object) -> bool:
    """A ReplicaSet, StatefulSet or DaemonSet tells of each pod that it deletes; another deleter does not."""
    name = str(pod["metadata"]["name"])
    owner = controller(pod)
    told = [one for one in events(history, *([owner] if owner else [])) if one.get("reason") == "SuccessfulDelete"]
    if any(name in str(one.get("message", "")).replace(",", " ").split() for one in told):
        return True
    return not told and _shrunk(history, owner)  # its events may be lost or late; then its size tells


def _shrunk(history: History, owner: str | None) -> bool:
    sizes = [version.object["spec"].get("replicas", 0) for version in history.of("ReplicaSet") if version.uid == owner]
    before = history.before("ReplicaSet").get(owner or "")
    if before is not None:
        sizes.insert(0, before["spec"].get("replicas", 0))
    return any(later < earlier for earlier, later in pairwise(sizes))


def told(losses: Iterable[Loss]) -> str:
    """One sentence: the pods of each kind of loss together."""
    groups: dict[str, list[str]] = {}
    for one in losses:
        groups.setdefault(one.text, []).append(one.pod)
    return "; ".join(f"{', '.join(sorted(pods))}: {text}" for text, pods in groups.items())
