"""deploy-rolling-available: what the user needs, or the strategy's own promise, in every state of the window."""

from __future__ import annotations

from dataclasses import replace

from ...history.model import History, Object
from ...objects.availability import moments
from ...objects.numbers import required
from ...objects.pods import controlled_by, controller, owners, terminating
from ...objects.revisions import new_replica_set, old_replica_sets, reached, rolled_out, sizes, template_change
from ...objects.strategy import strategy_allows
from ..capacity.advice import advice_on, stricter_strategy
from ..capacity.causes import losses
from ..capacity.lanes import chart
from ..capacity.stretches import stretches_below
from ..catalogue import CATALOGUE
from ..finding import Finding
from ..judging import Advice, Judging, counted
from ..vacuous import READY_BEFORE, created_in_the_block, no_new_revision, no_readiness_signal


def check_rolling_update(history: History, uid: str, min_available: int | str | None = None) -> Finding:
    """Hold a Deployment's update against `min_available` (number, or percentage of the replicas rounded up)."""
    obj = history.seen("Deployment")[uid]
    # Scaling is not part of the promise, so the smallest size that the Deployment had in the window counts.
    replicas = min(sizes(history, "Deployment", uid))
    allowed, how = strategy_allows(obj, replicas)
    bound = replicas - allowed if min_available is None else required(min_available, replicas)
    asked = f"asked for: at least {bound} available" if min_available is not None else f"its strategy promises: at least {bound} available"
    terms = (f"replicas {replicas}", asked, f"the strategy allows {how}")
    judging = Judging.of(CATALOGUE["deploy-rolling-available"], obj, *terms)
    if reason := created_in_the_block(history, obj, "a first rollout has no pods to keep available"):
        return judging.vacuous(*reason)
    update = template_change(history, "Deployment", uid)
    if update is None:
        return judging.vacuous(*no_new_revision())
    if reason := no_readiness_signal(
        obj["spec"]["template"], "a pod counts as available as soon as its processes are started, so lost capacity cannot be seen"
    ):
        return judging.vacuous(*reason)
    if bound <= 0:
        return judging.vacuous(
            "a bound of 0 available pods promises nothing; no update could break it",
            change=change_to_keep_one(obj, replicas),
            do="or state what the workload needs: min_available=..., at least 1",
        )
    if bound > replicas:
        return judging.vacuous(
            f"{counted(bound, 'available pod')} cannot be asked of {counted(replicas, 'replica')}: there were fewer before any update",
            change=f"spec.replicas: at least {bound} (now {replicas})",
            do="or ask for a smaller min_available",
        )
    every = list(moments(history, controlled_by(owners(history, "Deployment", uid)), int(obj["spec"].get("minReadySeconds", 0))))
    if every[0].available < bound:
        return judging.vacuous(f"available when the block began: {every[0].available}, fewer than the bound of {bound}", do=READY_BEFORE)
    if not _carried_out(history, uid):
        return judging.vacuous(
            "no pod was created or taken down for a new version: the update was not carried out",
            do="resume() the Deployment if it is paused, and let it keep its new template",
        )
    broke = next((moment for moment in every if moment.available < bound), None)
    advice = advice_on(losses(history, every, broke, replicas), obj, bound, replicas) if broke else Advice()
    old = old_replica_sets(history, uid)
    return replace(judging, trigger=reached(history, update)).found(
        stretches_below(every, bound),
        *advice,
        chart=chart(history, every, bound, broke, lambda pod: "old" if controller(pod) in old else "new"),
        evidence={
            "lowest_available": min(moment.available for moment in every),
            "highest_available": max(moment.available for moment in every),
            "bound": bound,
            "replicas": replicas,
            "states": len(every),
            "seconds": (every[-1].at - update.received).total_seconds(),
        },
    )


def change_to_keep_one(deployment: Object, replicas: int) -> str:
    """The field to change for a strategy that lets all pods go, so that at least one stays."""
    return stricter_strategy(deployment, 1, replicas) if replicas else "spec.replicas: at least 1 (now 0)"


def _carried_out(history: History, uid: str) -> bool:
    """Whether a pod of a version that was rolled out came, or one of another version went to make room for it."""
    new, pods = rolled_out(history, uid), history.of("Pod")
    old = owners(history, "Deployment", uid) - new if new_replica_set(history, uid) in new else ()
    came = any(controller(one.object) in new for one in pods if one.type == "ADDED")
    return came or any(controller(one.object) in old for one in pods if one.type == "DELETED" or terminating(one.object))
