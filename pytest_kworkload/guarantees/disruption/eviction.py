"""pdb-blocks-eviction, pdb-unhealthy-policy: what a PodDisruptionBudget refuses, what it lets go, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...history.model import History, Object
from ...objects.budgets import KIND, SELECTOR, bound, bound_text, covers, healthy
from ...objects.pods import deletion, finished, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

POLICY = "spec.unhealthyPodEvictionPolicy"


def check_eviction(history: History, uid: str, pod_uid: str, refusal: str | None) -> Finding:
    """The server refused (`refusal` is its message) because of the budget, and the pod was left alone."""
    budget, pod, name, found = _judged(history, uid, pod_uid)
    if refusal is None:
        cause, change = _why_accepted(budget, pod)
        return found(breaches=(Breach("the eviction was accepted"),), cause=cause, change=change)
    if "disruption budget" not in refusal:
        return found(vacuous=f"the eviction was refused for another reason: {refusal}", change="what the message names")
    if not covers(budget, pod):
        return found(vacuous="another budget refused the eviction: this one does not select the pod", change=SELECTOR)
    gone = deletion(history, pod_uid)
    if gone is not None:
        return found(
            breaches=(Breach(f"{name} went all the same", gone.received),), change="find out who deleted it: a budget binds evictions only"
        )
    return found(evidence={**_numbers(budget), "message": refusal})


def check_allowed(history: History, uid: str, pod_uid: str, refusal: str | None) -> Finding:
    """The server accepted the eviction of a pod that the budget is about, and the pod went."""
    budget, pod, name, found = _judged(history, uid, pod_uid)
    if not covers(budget, pod):
        return found(vacuous="it does not select the pod, so it has no say", change=SELECTOR)
    if free(pod):
        return found(vacuous=f"the pod was {_state(pod)}, and such a pod may always be evicted", change="a pod that is Running")
    if refusal is not None:
        cause, change = _why_refused(budget, pod, refusal)
        return found(breaches=(Breach("the eviction was refused", lines=(refusal,)),), cause=cause, change=change)
    if deletion(history, pod_uid) is None:
        return found(breaches=(Breach(f"{name} is still there"),), change="what keeps the pod: see its finalizers")
    return found(evidence={**_numbers(budget), "pod": name})


def free(pod: Object) -> bool:
    """Whether no budget is asked about the pod: it is Pending, has finished, or is going."""
    return terminating(pod) or finished(pod) or pod.get("status", {}).get("phase") == "Pending"


def _judged(history: History, uid: str, pod_uid: str) -> tuple[Object, Object, str, Callable[..., Finding]]:
    """The budget, the pod and its name as they were when the eviction was asked for, and a maker of findings."""
    budget, pod = history.before(KIND)[uid], history.before("Pod")[pod_uid]
    name, state = str(pod["metadata"]["name"]), () if healthy(pod) else (_state(pod),)
    which = "pdb-blocks-eviction" if healthy(pod) or not covers(budget, pod) else "pdb-unhealthy-policy"

    def found(**parts: Any) -> Finding:
        terms = (bound_text(budget), "{healthy} healthy, {needed} needed".format(**_numbers(budget)), ", ".join((f"pod {name}", *state)))
        return Finding(CATALOGUE[which], f"{KIND} {budget['metadata']['name']}", terms, **parts)

    return budget, pod, name, found


def _numbers(budget: Object) -> dict[str, int]:
    """What the server goes by: the status."""
    status = budget.get("status", {})
    return {"healthy": int(status.get("currentHealthy", 0)), "needed": int(status.get("desiredHealthy", 0))}


def _why_accepted(budget: Object, pod: Object) -> tuple[str, str]:
    if not covers(budget, pod):
        return "it does not select the pod, so it does not protect it", SELECTOR
    if free(pod):
        return f"the pod was {_state(pod)}, and such a pod may always be evicted", "a pod that is Running"
    (field, raw), there = bound(budget), "{healthy} were healthy and {needed} are needed".format(**_numbers(budget))
    if healthy(pod):
        return f"{there}, so one could go", f"spec.{field} (now {raw})"
    if _policy(budget) == "AlwaysAllow":
        return "the pod was not Ready, and the policy lets such a pod go always", f"{POLICY}: IfHealthyBudget (now AlwaysAllow)"
    return f"the pod was not Ready, and not missed: {there}", f"spec.{field} (now {raw}); or a pod that is Ready"


def _why_refused(budget: Object, pod: Object, refusal: str) -> tuple[str, str]:
    (field, raw), there = bound(budget), "{healthy} were healthy and {needed} are needed".format(**_numbers(budget))
    if "more than one" in refusal:
        return "two budgets select the pod, and the server cannot ask both", "spec.selector of one of the budgets"
    if healthy(pod):
        return f"{there}, so none could go", f"spec.{field} (now {raw}); or more spec.replicas"
    return f"the pod was not Ready, and {there}: then such a pod has to stay too", f"{POLICY}: AlwaysAllow (now {_policy(budget)})"


def _policy(budget: Object) -> str:
    return str(budget["spec"].get("unhealthyPodEvictionPolicy") or "IfHealthyBudget")


def _state(pod: Object) -> str:
    """What a pod is that is not healthy."""
    if terminating(pod):
        return "terminating"
    phase = str(pod.get("status", {}).get("phase", "Pending"))
    return "not Ready" if phase == "Running" else phase
