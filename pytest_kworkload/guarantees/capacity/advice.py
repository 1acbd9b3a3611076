"""Which field to change, or what to check, when fewer pods were available than there should be."""

from __future__ import annotations

from ...history.model import Object
from ...objects.strategy import field, rolling_update, strategy_allows, strategy_type
from ..judging import Advice
from .causes import CRASHED, EVICTED, RELEASED, SCALED_DOWN, UNREADY, Loss, losses_text

# What protects from each kind of eviction, by the reason in the condition DisruptionTarget.
_EVICTIONS = {
    "EvictionByEvictionAPI": "spec.minAvailable of a PodDisruptionBudget: {bound}, so that an eviction waits",
    "DeletionByTaintManager": "spec.template.spec.tolerations: add one for the node's taint; or more spec.replicas, on other nodes",
    "PreemptionByScheduler": "spec.template.spec.priorityClassName: one that is not preempted",
    "TerminationByKubelet": "spec.template.spec.containers[].resources.requests: what the pod uses, so that the node keeps it free",
}


def stricter_strategy(workload: Object, bound: int, replicas: int) -> str:
    """The fields of the strategy that would keep `bound` of the replicas available, with their values."""
    if strategy_type(workload) == "Recreate":
        return f"{field(workload)}.type: RollingUpdate (now Recreate)"
    rolling, room = rolling_update(workload), max(0, replicas - bound)
    unavailable, surge = ("25%", "25%") if workload["kind"] == "Deployment" else (1, 0)  # the defaults
    surge = rolling.get("maxSurge", surge)
    text = f"{field(workload)}.rollingUpdate.maxUnavailable: {room} (now {rolling.get('maxUnavailable', unavailable)})"
    if room == 0 and surge in (0, "0%"):
        text += f" and maxSurge: 1 (now {surge})"
    return text


def advice_on(losses: list[Loss], workload: Object, bound: int, replicas: int) -> Advice:
    """Why fewer than `bound` of the replicas were available, and what keeps them so."""
    allowed, _ = strategy_allows(workload, replicas)
    taken = [one for one in losses if one.kind == SCALED_DOWN]
    others = [one for one in losses if one.kind != SCALED_DOWN]
    text = losses_text(losses)
    if len(taken) <= replicas - bound:
        change, check = protection(others[0], bound) if others else ("", "")
        return Advice(text, *_or_room(workload, replicas, change, check))
    if allowed > replicas - bound:
        return Advice(text if others else f"{text}, as the strategy allows", stricter_strategy(workload, bound, replicas))
    limit = f"only {allowed}" if allowed else "none"
    return Advice(f"{text}, although the strategy lets {limit} be unavailable", *_or_room(workload, replicas))


def protection(loss: Loss, bound: int) -> tuple[str, str]:
    """What keeps a pod from being lost in this way: (the field to change, what to check); one or both are empty."""
    if loss.kind == EVICTED:
        return _EVICTIONS.get(loss.reason, "").format(bound=bound), ""
    if loss.kind == CRASHED:
        return "", "why it ended: see its status and its log, logs(previous=True)"
    if loss.kind == UNREADY:
        return "", "what keeps the pod from being Ready: see its log and its readiness probe"
    if loss.kind == RELEASED:
        return "metadata.labels of the pod: what the workload's selector wants", ""
    return "", "find what, other than the controller, deletes pods of this workload"


def _or_room(workload: Object, replicas: int, change: str = "", check: str = "") -> tuple[str, str]:
    """This advice; where it names no field, more replicas, so that one may be lost. A DaemonSet has none to spare."""
    if change:
        return change, check
    if workload["kind"] == "DaemonSet":
        return "", check or "find what takes the pod away: a DaemonSet has one pod for each node and none to spare"
    return f"spec.replicas: more than {replicas}, so that one may be lost", check
