"""Which field to change when an update cost more available pods than it may."""

from __future__ import annotations

from ..history.model import Object
from . import causes
from .numbers import rolling_bounds

# What protects from each kind of eviction, by the reason in the condition DisruptionTarget.
_EVICTIONS = {
    "EvictionByEvictionAPI": "a PodDisruptionBudget with spec.minAvailable: {bound} makes an eviction wait",
    "DeletionByTaintManager": "spec.template.spec.tolerations: add one for the node's taint; or more spec.replicas, on other nodes",
    "PreemptionByScheduler": "spec.template.spec.priorityClassName: one that is not preempted",
    "TerminationByKubelet": "spec.template.spec.containers[].resources: requests that the node keeps free for the pod",
}
_ROOM = "spec.replicas: a number that leaves room for a lost pod"


def strategy_allows(deployment: Object, replicas: int) -> tuple[int, str]:
    """How many pods a Deployment's strategy lets be unavailable, and the words for it."""
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return replicas, f"all {replicas} to be unavailable at once (Recreate)"
    rolling = strategy.get("rollingUpdate") or {}
    raw, surge = rolling.get("maxUnavailable", "25%"), rolling.get("maxSurge", "25%")
    allowed, _ = rolling_bounds(raw, surge, replicas)
    return allowed, f"{allowed} unavailable (maxUnavailable {raw})"


def stricter(deployment: Object, bound: int, replicas: int) -> str:
    """The strategy's fields that would keep so many of the replicas available."""
    strategy = deployment["spec"].get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return "spec.strategy.type: RollingUpdate (now Recreate)"
    rolling = strategy.get("rollingUpdate") or {}
    room = max(0, replicas - bound)
    text = f"spec.strategy.rollingUpdate.maxUnavailable: {room} (now {rolling.get('maxUnavailable', '25%')})"
    if room == 0 and rolling.get("maxSurge") in (0, "0%"):
        text += f" and maxSurge: 1 (now {rolling['maxSurge']})"
    return text


def explained(losses: list[causes.Loss], deployment: Object, bound: int, replicas: int) -> tuple[str, str]:
    """(the cause, the field to change) of a breach."""
    allowed, _ = strategy_allows(deployment, replicas)
    taken = [one for one in losses if one.kind == causes.SCALED_DOWN]
    text = causes.told(losses)
    if len(taken) <= replicas - bound:
        others = [one for one in losses if one.kind != causes.SCALED_DOWN]
        return text, _protected(others[0], bound) if others else _ROOM
    if allowed > replicas - bound:
        return text + (", as the strategy allows" if len(taken) == len(losses) else ""), stricter(deployment, bound, replicas)
    return f"{text}, although the strategy allows only {allowed} unavailable", _ROOM


def _protected(loss: causes.Loss, bound: int) -> str:
    """What keeps a pod from being lost in this way, or what to look at."""
    if loss.kind == causes.EVICTED:
        return _EVICTIONS.get(loss.reason, _ROOM).format(bound=bound)
    if loss.kind == causes.CRASHED:
        return "the container that ended: look at its log with logs(previous=True); more replicas leave room for a crash"
    if loss.kind == causes.UNREADY:
        return "the readiness probe of the named container, or what makes it fail"
    if loss.kind == causes.RELEASED:
        return "metadata.labels of the pod: leave them as the selector wants them"
    return f"{_ROOM}; no field keeps somebody from deleting one"
