"""pod-disruption-target: who evicts a pod says so, and why, before he deletes it."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object, Version
from ...objects.pods import finished, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

REASONS = ("EvictionByEvictionAPI", "DeletionByTaintManager", "PreemptionByScheduler", "DeletionByPodGC", "TerminationByKubelet")


def disrupted(history: History, uid: str) -> Version | None:
    """The version with which the pod began to go, or was ended by its kubelet, which leaves the object there."""
    for version in history.of("Pod"):
        if version.uid == uid and (version.type == "DELETED" or terminating(version.object) or _ended(version.object)):
            return version
    return None


def _ended(pod: Object) -> bool:
    return finished(pod) and condition(pod, "DisruptionTarget").get("status") == "True"


def check_disruption_target(history: History, uid: str, reason: str) -> Finding:
    """When the pod began to go, it had the condition DisruptionTarget with this reason."""
    pod, gone = history.seen("Pod")[uid], disrupted(history, uid)

    def found(**parts: Any) -> Finding:
        terms = (f"expected: DisruptionTarget with reason {reason}",)
        return Finding(CATALOGUE["pod-disruption-target"], f"Pod {pod['metadata']['name']}", terms, **parts)

    if gone is None:
        return found(vacuous="the pod was not disrupted in the block: it is still there", change="evict() it in the block")
    target = condition(gone.object, "DisruptionTarget")
    had = str(target.get("reason", "")) if target.get("status") == "True" else ""
    if had == reason:
        return found(evidence={"reason": had, "message": str(target.get("message", ""))}, trigger=gone.received)
    if had:
        return found(
            breaches=(Breach(f"DisruptionTarget with reason {had}", gone.received, lines=(str(target.get("message", "")),)),),
            cause="it was disrupted in another way",
            change=f"reason={had!r}, or what disrupts the pod in the block",
            trigger=gone.received,
        )
    late = condition(pod, "DisruptionTarget").get("status") == "True"
    return found(
        breaches=(Breach("it went without the condition" + (", which came only afterwards" if late else ""), gone.received),),
        cause="a plain deletion, by a user or a controller, is no disruption",
        change="the deletion: evict() instead of delete()",
        trigger=gone.received,
    )
