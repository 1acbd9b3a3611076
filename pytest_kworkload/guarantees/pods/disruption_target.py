"""pod-disruption-target: whoever evicts a pod says so, and why, before the pod is deleted."""

from __future__ import annotations

from ...history.model import History, Object, Version
from ...objects.pods import finished, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


def disrupted(history: History, uid: str) -> Version | None:
    """The version with which the pod began to go, or was ended by its kubelet, which leaves the object there."""
    for version in history.of("Pod"):
        if version.uid == uid and (version.type == "DELETED" or terminating(version.object) or _ended_by_kubelet(version.object)):
            return version
    return None


def check_disruption_target(history: History, uid: str, reason: str) -> Finding:
    """When the pod began to go, it had the condition DisruptionTarget with this reason."""
    pod, began = history.seen("Pod")[uid], disrupted(history, uid)
    guarantee, trigger = CATALOGUE["pod-disruption-target"], began.received if began else None
    judging = Judging.of(guarantee, pod, f"expected: DisruptionTarget with reason {reason}", trigger=trigger)
    if began is None:
        return judging.vacuous("the pod was not disrupted in the block: it is still there", do="evict() it in the block")
    target = condition(began.object, "DisruptionTarget")
    had = str(target.get("reason", "")) if target.get("status") == "True" else ""
    message = str(target.get("message", ""))
    if had == reason:
        return judging.found(evidence={"reason": had, "message": message})
    if had:
        return judging.found(
            (Breach(f"DisruptionTarget with reason {had}", began.received, lines=(message,)),),
            cause="it was disrupted in another way",
            check=f"whether the test means reason={had!r}; otherwise, what disrupts the pod in the block",
        )
    late = condition(pod, "DisruptionTarget").get("status") == "True"
    return judging.found(
        (Breach("it went without the condition" + (", which came only afterwards" if late else ""), began.received),),
        cause="it was simply deleted, by a user or a controller, which is no disruption",
        check="whether the block disrupts the pod: evict() does, delete() does not",
    )


def _ended_by_kubelet(pod: Object) -> bool:
    return finished(pod) and condition(pod, "DisruptionTarget").get("status") == "True"
