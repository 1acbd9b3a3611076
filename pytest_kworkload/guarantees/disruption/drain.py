"""pdb-drain: while pods are evicted, as many stay healthy as their budget asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...history.model import History, Object
from ...objects.availability import Moment, moments
from ...objects.budgets import (
    KIND,
    SIZELESS,
    UNKNOWN,
    Count,
    at_end,
    at_start,
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
from ..judging import Advice, Judging, Reason
from ..vacuous import READY_BEFORE, created_in_the_block
from .advice import letting_one_go, requiring
from .budget_counts import selects_no_pod

EVICTED = "EvictionByEvictionAPI"


def pointless(history: History, uid: str, min_healthy: int | None = None) -> Reason | None:
    """Why no drain of this window could show anything."""
    budget, now = history.seen(KIND)[uid], count(history.seen(KIND)[uid], at_start(history))
    floor = now.needed if min_healthy is None else min_healthy
    if reason := created_in_the_block(history, budget, "until then no pod was protected"):
        return reason
    if reason := selects_no_pod(budget, history.before("Pod").values()):
        return reason
    for one in now.strange if fractional(budget) else ():
        if one.why == SIZELESS:
            why = f"{one.controller} has no number of replicas to count from, so every eviction is refused"
            return Reason(why, change=whole_number(budget))
        if one.why == UNKNOWN and min_healthy is None:
            why = f"how many pods {one.controller} asks for is not recorded, so nothing says how many must stay healthy"
            return Reason(why, change=whole_number(budget), do="give min_healthy")
    if floor <= 0:
        why = "0 healthy pods are asked for, which every drain leaves"
        if min_healthy is not None:
            return Reason(why, do="give a min_healthy of 1 or more")
        return Reason(why, change=requiring(budget, now.expected, 1))
    if now.healthy < floor:
        return Reason(f"healthy pods when the block began: {now.healthy}, fewer than {floor}", do=READY_BEFORE)
    if now.needed >= now.wanted:
        why = f"{now.needed} of {now.wanted} pods must stay healthy, so no eviction is ever allowed, and a drain does not end"
        return Reason(why, change=letting_one_go(budget, now.expected, now.wanted))
    return None


def check_drain(history: History, uid: str, min_healthy: int | None = None) -> Finding:
    """In every state of the window enough of the budget's pods were healthy, and some were evicted."""
    budget = history.seen(KIND)[uid]
    start, end = count(budget, at_start(history)), _count_at_end(history, budget)
    own = min(start.needed, end.needed)  # scaling is not part of the promise
    floor = own if min_healthy is None else min_healthy
    asked = f"at least {floor} must stay healthy" if min_healthy is None else f"asked for: at least {floor} healthy"
    judging = Judging.of(CATALOGUE["pdb-drain"], budget, bound_text(budget), asked, trigger=history.started)
    if reason := pointless(history, uid, min_healthy):
        return judging.vacuous(*reason)
    every = list(moments(history, lambda pod: covers(budget, pod)))
    broke = next((moment for moment in every if moment.available < floor), None)
    if broke is not None:
        lost = causes.losses(history, every, broke, every[0].available)
        by_eviction = all(one.reason == EVICTED for one in lost)
        weaker = requiring(budget, start.expected, floor) if own < floor else ""
        return judging.found(
            stretches_below(every, floor, "healthy"),
            *_advice(causes.losses_text(lost), by_eviction=by_eviction, weaker=weaker),
            chart=replace(chart(history, every, floor, broke), counted="healthy"),
        )
    evicted = _evicted(history, every)
    if not evicted:
        return judging.vacuous("none of its pods was evicted in the block", do="drain a node on which its pods are, or evict() one")
    return judging.found(
        evidence={
            "evicted": evicted,
            "lowest_healthy": min(moment.available for moment in every),
            "needed": floor,
            "states": len(every),
            "seconds": (history.ended - history.started).total_seconds(),
        }
    )


def all_back(history: History, uid: str) -> bool:
    """Whether no pod of the budget is terminating, and as many are healthy as their controllers ask for."""
    budget = history.objects(KIND).get(uid)
    if budget is None:
        return True
    going = any(covers(budget, pod) and terminating(pod) for pod in history.objects("Pod").values())
    now = _count_at_end(history, budget)
    return not going and now.healthy >= now.wanted and caught_up(history, uid)


def _count_at_end(history: History, budget: Object) -> Count:
    """The budget's numbers when the window ends. A controller that has lost all its pods in the window still asks for them."""
    return count(budget, at_end(history), history.seen("Pod"))


def _evicted(history: History, every: Sequence[Moment]) -> tuple[str, ...]:
    """The names of the pods that were healthy and were evicted."""
    names: dict[str, str] = {uid: pod.name for moment in every for uid, pod in moment.pods.items() if healthy(pod.object)}
    ends = {uid: version for uid in names if (version := deletion(history, uid)) is not None}
    return tuple(names[uid] for uid, version in ends.items() if condition(version.object, "DisruptionTarget").get("reason") == EVICTED)


def _advice(cause: str, *, by_eviction: bool, weaker: str) -> Advice:
    """`weaker` is the change of a budget that requires fewer pods than were asked for."""
    if not by_eviction:
        binds = "a budget binds evictions only, not a deletion, a rollout, a taint or a crash"
        return Advice(cause, check=f"find what takes the pods away: {binds}")
    return Advice(cause, weaker, "" if weaker else "find what lets the server evict below the budget: look at its status")
