"""pdb-math: how many pods a budget makes stay, and whether its status says so."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.budgets import KIND, SELECTOR, UNKNOWN, at_end, bound, bound_text, count, covers, fractional, uncountable, whole_number
from ...objects.readiness import condition, observed
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_budget_counts(history: History, uid: str, needed: int | None = None) -> Finding:
    """The budget needs as many healthy pods as its fields and the pods' controllers say, and as many as were asked for."""
    budget = history.objects(KIND)[uid]
    now = count(budget, at_end(history))
    terms = (bound_text(budget), *(() if needed is None else (f"asked for: {needed} needed",)))

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["pdb-math"], f"{KIND} {budget['metadata']['name']}", terms, **parts)

    if not any(covers(budget, pod) for pod in history.objects("Pod").values()):
        return found(vacuous="it selects no pod, so it protects none", change=SELECTOR)
    strange, whole = now.strange if fractional(budget) else (), whole_number(budget)
    uncounted = tuple(str(one) for one in strange if one.why != UNKNOWN)
    if uncounted:
        return found(
            breaches=(Breach("its controller cannot count, so every eviction is refused", lines=uncounted),),
            cause=f"{bound_text(budget)} counts from what the pods' controller wants, and this one does not say how many that is",
            change=whole,
        )
    if strange:
        return found(vacuous=f"how many pods {strange[0].controller} wants is not recorded, so they cannot be counted here", change=whole)
    if needed is not None and now.needed != needed:
        return found(
            breaches=(Breach(f"{now.needed} of {now.expected} pods must stay healthy"),),
            cause=_how(budget, now.expected, now.needed),
            change=f"spec.{bound(budget)[0]} (now {bound(budget)[1]})",
        )
    status = budget.get("status", {})
    said = {key: int(status.get(key, 0)) for key in ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")}
    computed = dict(zip(said, (now.expected, now.needed, now.healthy, now.allowed), strict=True))
    wrong = [f"{key}  {said[key]}, and it is {computed[key]}" for key in said if said[key] != computed[key]]
    if wrong or not observed(budget):
        behind = () if observed(budget) else ("it is about an older spec",)
        return found(
            breaches=(Breach("its status says something else", lines=(*behind, *wrong)),),
            cause=str(condition(budget, "DisruptionAllowed").get("message", "")),
            change="what keeps its controller from counting: see its events",
        )
    return found(evidence={"expected": now.expected, "needed": now.needed, "healthy": now.healthy, "allowed": now.allowed})


def agreed(history: History, uid: str) -> bool:
    """Whether the status says what is counted from the objects, or cannot: then there is nothing to wait for."""
    budget = history.objects(KIND).get(uid)
    return budget is not None and (not check_budget_counts(history, uid).breaches or uncountable(history, uid))


def _how(budget: Object, expected: int, needed: int) -> str:
    field, raw = bound(budget)
    if not isinstance(raw, str):
        return f"{field} {raw} of {expected} is {needed}" if field == "minAvailable" else f"all {expected} but {raw} are {needed}"
    if field == "minAvailable":
        return f"a percentage rounds up: {raw} of {expected} is {needed}"
    return f"a percentage rounds up: {raw} of {expected} may be unavailable, which is {expected - needed}"
