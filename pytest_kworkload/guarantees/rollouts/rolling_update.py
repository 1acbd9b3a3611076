"""deploy-rolling-available: what the user needs, or the strategy's own promise, in every state of the window."""

from __future__ import annotations

from ...history.model import History
from ...objects.availability import moments
from ...objects.numbers import required
from ...objects.pods import controlled_by, controller, has_readiness_signal, owners, terminating
from ...objects.revisions import new_replica_set, old_replica_sets, reached, rolled_out, sizes, template_change
from ...objects.strategy import strategy_allows
from ..capacity.advice import advice_on, stricter_strategy
from ..capacity.causes import losses
from ..capacity.lanes import chart
from ..capacity.stretches import stretches_below
from ..catalogue import CATALOGUE
from ..finding import Finding
from ..judging import Advice

GUARANTEE = CATALOGUE["deploy-rolling-available"]


def check(history: History, uid: str, min_available: int | str | None = None) -> Finding:
    """Hold a Deployment's update against `min_available` (number, or percentage of the replicas rounded up)."""
    after = history.seen("Deployment")[uid]
    subject = f"Deployment {after['metadata']['name']}"
    # Scaling is not part of the promise, so the smallest size that the Deployment had in the window counts.
    replicas = min(sizes(history, "Deployment", uid))
    allowed, how = strategy_allows(after, replicas)
    bound = replicas - allowed if min_available is None else required(min_available, replicas)
    asked = f"asked for: at least {bound} available" if min_available is not None else f"its strategy promises: at least {bound} available"
    terms = (f"replicas {replicas}", asked, f"the strategy allows {how}")

    def vacuous(why: str, change: str) -> Finding:
        return Finding(GUARANTEE, subject, terms, vacuous=why, change=change)

    if uid not in history.before("Deployment"):
        return vacuous("the block created the Deployment: a first rollout has no pods to keep available", "apply it before the block")
    trigger = template_change(history, "Deployment", uid)
    if trigger is None:
        return vacuous(
            "the block made no new revision: the pod template is what it was, so nothing was rolled out",
            "change the template in the block (set_image, patch of spec.template, restart); a new number of replicas is no update",
        )
    if not has_readiness_signal(after["spec"]["template"]):
        return vacuous(
            "the template has no readiness signal: a pod counts as available as soon as its processes are started, so that"
            " lost capacity cannot be seen",
            "spec.template.spec.containers[].readinessProbe: add one that answers when the pod can do its work",
        )
    if bound <= 0:
        advice = "spec.replicas: at least 1 (now 0)" if replicas == 0 else stricter_strategy(after, 1, replicas)
        return vacuous(
            "a bound of 0 available pods promises nothing; no update could break it",
            f"state what the workload needs, min_available=...; or change {advice}",
        )
    if bound > replicas:
        return vacuous(
            f"{bound} available pods cannot be asked of {replicas} replicas; before any update there were not so many",
            f"spec.replicas: at least {bound} (now {replicas}); or a smaller min_available",
        )
    mine = controlled_by(owners(history, "Deployment", uid))
    every = list(moments(history, mine, int(after["spec"].get("minReadySeconds", 0))))
    if every[0].available < bound:
        return vacuous(
            f"available when the block began: {every[0].available}, fewer than the bound of {bound}",
            "wait_ready() before the block",
        )
    if not _moved(history, uid):
        return vacuous(
            "no pod was created or taken down for a new version: the update was not carried out",
            "resume() the Deployment if it is paused; and let it keep its new template",
        )
    breaches = tuple(stretches_below(every, bound))
    broke = next((moment for moment in every if moment.available < bound), None)
    lost = advice_on(losses(history, every, broke, replicas), after, bound, replicas) if broke else Advice()
    old = old_replica_sets(history, uid)
    return Finding(
        GUARANTEE,
        subject,
        terms,
        breaches,
        **lost._asdict(),
        trigger=reached(history, trigger),
        chart=chart(history, every, bound, broke, lambda pod: "old" if controller(pod) in old else "new"),
        evidence={
            "lowest_available": min(moment.available for moment in every),
            "highest_available": max(moment.available for moment in every),
            "bound": bound,
            "replicas": replicas,
            "states": len(every),
            "seconds": (every[-1].at - trigger.received).total_seconds(),
        },
    )


def _moved(history: History, uid: str) -> bool:
    """Whether a pod of a version that was rolled out came, or one of another version went to make room for it."""
    new, pods = rolled_out(history, uid), history.of("Pod")
    old = owners(history, "Deployment", uid) - new if new_replica_set(history, uid) in new else ()
    came = any(controller(one.object) in new for one in pods if one.type == "ADDED")
    return came or any(controller(one.object) in old for one in pods if one.type == "DELETED" or terminating(one.object))
