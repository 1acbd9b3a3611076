"""Which field to change when an update cost more available pods than it may."""

from __future__ import annotations

from ...history.model import Object
from ...objects.strategy import field, rolling_update, strategy_allows, strategy_type
from . import causes

# What protects from each kind of eviction, by the reason in the condition DisruptionTarget.
_EVICTIONS = {
    "EvictionByEvictionAPI": "a PodDisruptionBudget with spec.minAvailable: {bound} makes an eviction wait",
    "DeletionByTaintManager": "spec.template.spec.tolerations: add one for the node's taint; or more spec.replicas, on other nodes",
    "PreemptionByScheduler": "spec.template.spec.priorityClassName: one that is not preempted",
    "TerminationByKubelet": "spec.template.spec.containers[].resources: requests that the node keeps free for the pod",
}
_ROOM = "spec.replicas: a number that leaves room for a lost pod"
_NO_ROOM = "what takes the pod away: a DaemonSet has one pod for each node and none to spare"


def stricter(workload: Object, bound: int, replicas: int) -> str:
    """The strategy's fields that would keep so many of the replicas available."""
    if strategy_type(workload) == "Recreate":
        return f"{field(workload)}.type: RollingUpdate (now Recreate)"
    rolling, room = rolling_update(workload), max(0, replicas - bound)
    unavailable, surge = ("25%", "25%") if workload["kind"] == "Deployment" else (1, 0)  # the defaults
    surge = rolling.get("maxSurge", surge)
    text = f"{field(workload)}.rollingUpdate.maxUnavailable: {room} (now {rolling.get('maxUnavailable', unavailable)})"
    if room == 0 and surge in (0, "0%"):
        text += f" and maxSurge: 1 (now {surge})"
    return text


def explained(losses: list[causes.Loss], workload: Object, bound: int, replicas: int) -> tuple[str, str]:
    """(the cause, the field to change) of a breach."""
    allowed, _ = strategy_allows(workload, replicas)
    taken = [one for one in losses if one.kind == causes.SCALED_DOWN]
    text = causes.told(losses)
    room = _NO_ROOM if workload["kind"] == "DaemonSet" else _ROOM
    if len(taken) <= replicas - bound:
        others = [one for one in losses if one.kind != causes.SCALED_DOWN]
        return text, protected(others[0], bound, room) if others else room
    if allowed > replicas - bound:
        return text + (", as the strategy allows" if len(taken) == len(losses) else ""), stricter(workload, bound, replicas)
    return f"{text}, although the strategy allows only {allowed} unavailable", room


def protected(loss: causes.Loss, bound: int, room: str) -> str:
    """What keeps a pod from being lost in this way, or what to look at."""
    if loss.kind == causes.EVICTED:
        return _EVICTIONS.get(loss.reason, room).format(bound=bound)
    if loss.kind == causes.CRASHED:
        return "the container that ended: look at its log with logs(previous=True); more replicas leave room for a crash"
    if loss.kind == causes.UNREADY:
        return "the readiness probe of the named container, or what makes it fail"
    if loss.kind == causes.RELEASED:
        return "metadata.labels of the pod: leave them as the selector wants them"
    return f"{room}; no field keeps somebody from deleting one"
