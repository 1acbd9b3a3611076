"""pdb-blocks-eviction: what a PodDisruptionBudget refuses, and why it may not."""

from __future__ import annotations

from typing import Any

from ..history.model import History, Object
from .catalogue import CATALOGUE
from .finding import Breach, Finding
from .pods import deletion, finished, terminating
from .readiness import observed, unready
from .selection import matches

KIND = "PodDisruptionBudget"


def counted(history: History, uid: str) -> bool:
    """Whether the budget's controller has seen its spec and counts the healthy pods that are there: before, it refuses everything."""
    budget = history.objects(KIND).get(uid)
    if budget is None:
        return False
    healthy = sum(_selected(budget, pod) and unready(pod) is None and not finished(pod) for pod in history.objects("Pod").values())
    return observed(budget) and int(budget.get("status", {}).get("currentHealthy", -1)) == healthy


def check_eviction(history: History, uid: str, pod_uid: str, refusal: str | None) -> Finding:
    """The server refused (`refusal` is its message) because of the budget, and the pod was left alone."""
    budget, pod = history.before(KIND)[uid], history.before("Pod")[pod_uid]
    status, name = budget.get("status", {}), str(pod["metadata"]["name"])
    healthy, needed = int(status.get("currentHealthy", 0)), int(status.get("desiredHealthy", 0))

    def found(**parts: Any) -> Finding:
        terms = (_spec(budget), f"{healthy} healthy, {needed} needed", f"pod {name}")
        return Finding(CATALOGUE["pdb-blocks-eviction"], f"{KIND} {budget['metadata']['name']}", terms, **parts)

    if refusal is None:
        cause, change = _why(budget, pod, healthy, needed)
        return found(breaches=(Breach("the eviction was accepted"),), cause=cause, change=change)
    if "disruption budget" not in refusal:
        return found(vacuous=f"the eviction was refused for another reason: {refusal}", change="what the message names")
    if not _selected(budget, pod):
        return found(vacuous="another budget refused the eviction: this one does not select the pod", change=_SELECTOR)
    gone = deletion(history, pod_uid)
    if gone is not None:
        return found(
            breaches=(Breach(f"{name} went all the same", gone.received),), change="find out who deleted it: a budget binds evictions only"
        )
    return found(evidence={"healthy": healthy, "needed": needed, "message": refusal})


_SELECTOR = "spec.selector: the labels of the pods' template"


def _why(budget: Object, pod: Object, healthy: int, needed: int) -> tuple[str, str]:
    if not _selected(budget, pod):
        return "it does not select the pod, so it does not protect it", _SELECTOR
    if terminating(pod) or unready(pod) is not None or finished(pod):
        return "the pod was not healthy, and such a pod counts for nothing", "a pod that is Ready; or spec.unhealthyPodEvictionPolicy"
    field = "minAvailable" if "minAvailable" in budget["spec"] else "maxUnavailable"
    return f"{healthy} were healthy and {needed} are needed, so one could go", f"spec.{field} (now {budget['spec'].get(field)})"


def _selected(budget: Object, pod: Object) -> bool:
    return not terminating(pod) and matches(budget["spec"].get("selector"), pod["metadata"].get("labels") or {})


def _spec(budget: Object) -> str:
    return next(f"{field} {budget['spec'][field]}" for field in ("minAvailable", "maxUnavailable") if field in budget["spec"])
