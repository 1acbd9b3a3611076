"""pdb-blocks-eviction, pdb-unhealthy-policy: which evictions a PodDisruptionBudget refuses, which it allows, and why."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.budgets import KIND, SELECTOR, bound_text, covers, healthy
from ...objects.pods import deletion, finished, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted
from .advice import letting_one_go, requiring

POLICY = "spec.unhealthyPodEvictionPolicy"


def check_eviction_blocked(history: History, uid: str, pod_uid: str, refusal: str | None) -> Finding:
    """The server refused (`refusal` is its message) because of the budget, and the pod stayed."""
    budget, pod = history.before(KIND)[uid], history.before("Pod")[pod_uid]
    judging = _judging(budget, pod)
    if refusal is None:
        return judging.found([Breach("the eviction was accepted")], *_why_accepted(budget, pod))
    if "disruption budget" not in refusal:
        return judging.vacuous(f"the eviction was refused for another reason: {refusal}", do="remove the reason that the message names")
    if not covers(budget, pod):
        return judging.vacuous("another budget refused the eviction: this one does not select the pod", change=SELECTOR)
    end = deletion(history, pod_uid)
    return judging.found(
        [Breach(f"{end.name} was deleted all the same", end.received)] if end is not None else (),
        check="find what deleted it: a budget binds evictions only",
        evidence={**_numbers(budget), "message": refusal},
    )


def check_eviction_allowed(history: History, uid: str, pod_uid: str, refusal: str | None) -> Finding:
    """The server accepted the eviction of a pod that the budget protects, and the pod was deleted."""
    budget, pod = history.before(KIND)[uid], history.before("Pod")[pod_uid]
    judging, name = _judging(budget, pod), str(pod["metadata"]["name"])
    if not covers(budget, pod):
        return judging.vacuous("it does not select the pod, so it has no say", change=SELECTOR)
    if unprotected(pod):
        return judging.vacuous(f"the pod was {_state(pod)}, and such a pod may always be evicted", do="evict a pod that is Running")
    if refusal is not None:
        return judging.found([Breach("the eviction was refused", lines=(refusal,))], *_why_refused(budget, pod, refusal))
    return judging.found(
        [Breach(f"{name} was not deleted")] if deletion(history, pod_uid) is None else (),
        check="find what answered the eviction without deleting the pod, such as an admission webhook",
        evidence={**_numbers(budget), "pod": name},
    )


def unprotected(pod: Object) -> bool:
    """Whether no budget is asked about the pod: it is Pending, has finished, or is terminating."""
    return terminating(pod) or finished(pod) or pod.get("status", {}).get("phase") == "Pending"


def _judging(budget: Object, pod: Object) -> Judging:
    """The promise about such a pod, and the budget as it was when the eviction was requested."""
    which = "pdb-blocks-eviction" if healthy(pod) or not covers(budget, pod) else "pdb-unhealthy-policy"
    state = "" if healthy(pod) else f", {_state(pod)}"
    numbers = "{healthy} healthy, {needed} needed".format(**_numbers(budget))
    return Judging.of(CATALOGUE[which], budget, bound_text(budget), numbers, f"pod {pod['metadata']['name']}{state}")


def _numbers(budget: Object) -> dict[str, int]:
    """What the server goes by: the status."""
    status = budget.get("status", {})
    return {"healthy": int(status.get("currentHealthy", 0)), "needed": int(status.get("desiredHealthy", 0))}


def _expected(budget: Object) -> int:
    status = budget.get("status", {})
    return int(status.get("expectedPods", status.get("currentHealthy", 0)))


def _why_accepted(budget: Object, pod: Object) -> Advice:
    there, needed = _numbers(budget).values()
    if not covers(budget, pod):
        return Advice("it does not select the pod, so it does not protect it", SELECTOR)
    if unprotected(pod):
        return Advice(f"the pod was {_state(pod)}, and such a pod may always be evicted", check="whether a Running pod was meant")
    if healthy(pod):
        return Advice(
            f"with {counted(there, 'healthy pod')} and {needed} needed, one could go", requiring(budget, _expected(budget), there)
        )
    if _policy(budget) == "AlwaysAllow":
        cause = "the pod was not Ready, and with AlwaysAllow such a pod may be evicted at any time"
        return Advice(cause, f"{POLICY}: IfHealthyBudget (now AlwaysAllow)")
    return Advice(
        f"the pod was not Ready, and enough others were: {counted(there, 'healthy pod')}, {needed} needed",
        requiring(budget, _expected(budget), there + 1),
        "whether a Ready pod was meant",
    )


def _why_refused(budget: Object, pod: Object, refusal: str) -> Advice:
    there, needed = _numbers(budget).values()
    if "more than one" in refusal:
        return Advice(
            "more than one budget selects the pod, which the server does not support", "spec.selector: the pod in one budget only"
        )
    if healthy(pod):
        cause = f"with {counted(there, 'healthy pod')} and {needed} needed, none could go"
        return Advice(cause, letting_one_go(budget, _expected(budget), there))
    return Advice(
        f"the pod was not Ready, and too few others were: {counted(there, 'healthy pod')}, {needed} needed",
        f"{POLICY}: AlwaysAllow (now {_policy(budget)})",
    )


def _policy(budget: Object) -> str:
    return str(budget["spec"].get("unhealthyPodEvictionPolicy") or "IfHealthyBudget")


def _state(pod: Object) -> str:
    """What a pod is that is not healthy."""
    if terminating(pod):
        return "terminating"
    phase = str(pod.get("status", {}).get("phase", "Pending"))
    return "not Ready" if phase == "Running" else phase
