"""pdb-drain: while pods are evicted, as many stay healthy as their budget asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...history.model import History, Object
from ...objects.availability import Moment, moments
from ...objects.budgets import (
    KIND,
    SELECTOR,
    SIZELESS,
    UNKNOWN,
    Count,
    at_end,
    at_start,
    bound,
    bound_text,
    caught_up,
    count,
    covers,
    fractional,
    healthy,
    whole_number,
)
from ...objects.pods import deletion, terminating
from ...objects.readiness import condition
from ..capacity import causes
from ..capacity.lanes import chart
from ..capacity.stretches import stretches_below
from ..catalogue import CATALOGUE
from ..finding import Finding

EVICTED = "EvictionByEvictionAPI"


def pointless(history: History, uid: str, min_healthy: int | None = None) -> tuple[str, str]:
    """Why no drain of this window could show anything, and what to change; empty if one could."""
    budget, now = history.seen(KIND)[uid], count(history.seen(KIND)[uid], at_start(history))
    floor = now.needed if min_healthy is None else min_healthy
    if uid not in history.before(KIND):
        return "the block created the budget", "apply it before the block, and wait_ready() for its pods"
    if not any(covers(budget, pod) for pod in history.before("Pod").values()):
        return "it selects no pod, so it protects none", SELECTOR
    for one in now.strange if fractional(budget) else ():
        if one.why == SIZELESS:
            return f"{one.controller} has no size to count from, so every eviction is refused", whole_number(budget)
        if one.why == UNKNOWN and min_healthy is None:
            why = f"how many pods {one.controller} wants is not recorded, so nothing says how many must stay healthy"
            return why, f"min_healthy=...; or {whole_number(budget)}"
    if floor <= 0:
        return "0 healthy pods are asked for, which every drain leaves", f"{_field(budget)}; or min_healthy=..."
    if now.healthy < floor:
        return f"healthy when the block began: {now.healthy}, fewer than {floor}", "wait_ready() before the block"
    if now.needed >= now.wanted:
        return (
            f"{now.needed} of {now.wanted} pods must stay healthy, so no eviction is ever allowed, and a drain does not end",
            f"{_field(budget)}; or more spec.replicas",
        )
    return "", ""


def check_drain(history: History, uid: str, min_healthy: int | None = None) -> Finding:
    """In every state of the window enough of the budget's pods were healthy, and some were evicted."""
    budget = history.seen(KIND)[uid]
    own = min(count(budget, at_start(history)).needed, _at_last(history, budget).needed)  # scaling is not part of the promise
    floor = own if min_healthy is None else min_healthy
    asked = f"at least {floor} must stay healthy" if min_healthy is None else f"asked for: at least {floor} healthy"

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["pdb-drain"], f"{KIND} {budget['metadata']['name']}", (bound_text(budget), asked), **parts)

    why, change = pointless(history, uid, min_healthy)
    if why:
        return found(vacuous=why, change=change)
    every = list(moments(history, lambda pod: covers(budget, pod)))
    broke = next((moment for moment in every if moment.available < floor), None)
    if broke is not None:
        lost = causes.losses(history, every, broke, every[0].available)
        return found(
            breaches=tuple(stretches_below(every, floor, "healthy")),
            cause=causes.losses_text(lost),
            change=_why(budget, lost, own, floor),
            trigger=history.started,
            chart=replace(chart(history, every, floor, broke), counted="healthy"),
        )
    evicted = _evicted(history, every)
    if not evicted:
        return found(vacuous="none of its pods was evicted in the block", change="drain a node on which its pods are, or evict() one")
    return found(
        evidence={
            "evicted": evicted,
            "lowest_healthy": min(moment.available for moment in every),
            "needed": floor,
            "states": len(every),
            "seconds": (history.ended - history.started).total_seconds(),
        }
    )


def whole(history: History, uid: str) -> bool:
    """Whether the budget's pods are what they were: none is going, and as many are healthy as their controllers want."""
    budget = history.objects(KIND).get(uid)
    if budget is None:
        return True
    going = any(covers(budget, pod) and terminating(pod) for pod in history.objects("Pod").values())
    now = _at_last(history, budget)
    return not going and now.healthy >= now.wanted and caught_up(history, uid)


def _at_last(history: History, budget: Object) -> Count:
    """The budget at the window's end. A controller that has lost all its pods in the window wants them all the same."""
    return count(budget, at_end(history), history.seen("Pod"))


def _evicted(history: History, every: Sequence[Moment]) -> tuple[str, ...]:
    """The names of the pods that were healthy and were evicted."""
    was: dict[str, str] = {uid: pod.name for moment in every for uid, pod in moment.pods.items() if healthy(pod.object)}
    gone = {uid: version for uid in was if (version := deletion(history, uid)) is not None}
    return tuple(was[uid] for uid, version in gone.items() if condition(version.object, "DisruptionTarget").get("reason") == EVICTED)


def _why(budget: Object, lost: Sequence[causes.Loss], own: int, floor: int) -> str:
    if any(one.reason != EVICTED for one in lost):
        return "what takes the pods away: a budget binds evictions only, not a deletion, a rollout, a taint or a crash"
    if own < floor:
        return f"spec.minAvailable: {floor} (now {bound_text(budget)})"
    return "what lets the server evict below the budget: see its status"


def _field(budget: Object) -> str:
    field, raw = bound(budget)
    return f"spec.{field} (now {raw})"
