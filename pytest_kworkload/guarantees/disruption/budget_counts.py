"""pdb-math: how many pods a budget requires to stay healthy, and whether its status says so."""

from __future__ import annotations

from collections.abc import Iterable

from ...history.model import History, Object
from ...objects.budgets import KIND, SELECTOR, UNKNOWN, at_end, bound, bound_text, count, covers, fractional, uncountable, whole_number
from ...objects.readiness import condition, observed
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, Reason, counted
from .advice import requiring


def check_budget_counts(history: History, uid: str, needed: int | None = None) -> Finding:
    """The budget requires as many healthy pods as its fields and the pods' controllers say, and as many as were asked for."""
    budget = history.objects(KIND)[uid]
    now = count(budget, at_end(history))
    asked = () if needed is None else (f"asked for: {needed} needed",)
    judging = Judging.of(CATALOGUE["pdb-math"], budget, bound_text(budget), *asked)
    if reason := selects_no_pod(budget, history.objects("Pod").values()):
        return judging.vacuous(*reason)
    strange, whole = now.strange if fractional(budget) else (), whole_number(budget)
    uncounted = tuple(str(one) for one in strange if one.why != UNKNOWN)
    if uncounted:
        return judging.found(
            [Breach("its pods cannot be counted, so every eviction is refused", lines=uncounted)],
            cause=f"{bound_text(budget)} counts from spec.replicas of the pods' controller, which this one does not have",
            change=whole,
        )
    if strange:
        why = f"how many pods {strange[0].controller} asks for is not recorded, so they cannot be counted here"
        return judging.vacuous(why, change=whole)
    if needed is not None and now.needed != needed:
        return judging.found(
            [Breach(f"{now.needed} of {counted(now.expected, 'pod')} must stay healthy")],
            cause=_calculation(budget, now.expected, now.needed),
            change=requiring(budget, now.expected, needed),
        )
    status = budget.get("status", {})
    stated = {key: int(status.get(key, 0)) for key in ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")}
    computed = dict(zip(stated, (now.expected, now.needed, now.healthy, now.allowed), strict=True))
    wrong = [f"{key}  {stated[key]} instead of {computed[key]}" for key in stated if stated[key] != computed[key]]
    outdated = () if observed(budget) else ("it describes an older spec",)
    return judging.found(
        [Breach("its status differs", lines=(*outdated, *wrong))] if wrong or outdated else (),
        cause=str(condition(budget, "DisruptionAllowed").get("message", "")),
        check="find what keeps the disruption controller from counting: look at the budget's events",
        evidence={"expected": now.expected, "needed": now.needed, "healthy": now.healthy, "allowed": now.allowed},
    )


def selects_no_pod(budget: Object, pods: Iterable[Object]) -> Reason | None:
    """A budget without pods protects nothing."""
    if any(covers(budget, pod) for pod in pods):
        return None
    return Reason("it selects no pod, so it protects none", change=SELECTOR)


def status_agrees(history: History, uid: str) -> bool:
    """Whether the status says what is counted here, or never will: then there is nothing to wait for."""
    budget = history.objects(KIND).get(uid)
    return budget is not None and (not check_budget_counts(history, uid).breaches or uncountable(history, uid))


def _calculation(budget: Object, expected: int, needed: int) -> str:
    """How the budget comes to its number."""
    field, raw = bound(budget)
    if field == "minAvailable":
        return f"{raw} of {counted(expected, 'pod')}, rounded up, is {needed}" if isinstance(raw, str) else f"minAvailable is {raw}"
    if isinstance(raw, str):
        return f"{raw} of {counted(expected, 'pod')}, rounded up, is {expected - needed} that may be unavailable, which leaves {needed}"
    return f"{raw} of {counted(expected, 'pod')} may be unavailable, which leaves {needed}"
