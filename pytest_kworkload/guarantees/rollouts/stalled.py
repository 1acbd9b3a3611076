"""deploy-bad-rollout-keeps-old: a version that never becomes available stalls, and the old one stays."""

from __future__ import annotations

from dataclasses import replace

from ...history.model import History, Object
from ...objects.availability import moments
from ...objects.pods import controlled_by, controller, finished, has_readiness_signal, owners, terminating
from ...objects.readiness import failed, observed, pod_trouble, stuck, unready
from ...objects.revisions import changed_at, new_replica_set, old_replica_sets, sizes, template_change
from ...objects.strategy import strategy_allows
from ..capacity.advice import advice_on
from ..capacity.causes import losses
from ..capacity.lanes import chart
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted
from ..vacuous import READY_BEFORE, created_in_the_block, new_version_not_tried, no_new_revision
from .rolling_update import change_to_keep_one


def stall_reason(history: History, uid: str) -> str | None:
    """The trouble that every pod of a Deployment's new version is stuck with; None as long as one may still become ready.

    A pod that is only not ready yet counts as stuck when the Deployment itself says so (progressDeadlineSeconds).
    """
    obj, new = history.objects("Deployment").get(uid), new_replica_set(history, uid)
    if obj is None or new is None or not observed(obj) or not unready(obj):
        return None
    size = int(history.seen("ReplicaSet")[new]["spec"].get("replicas", 1))
    pods = [pod for pod in history.objects("Pod").values() if controller(pod) == new and not finished(pod) and not terminating(pod)]
    late = (failed(obj) or "").startswith("ProgressDeadlineExceeded")
    if len(pods) < max(1, size) or not all(unready(pod) and (late or stuck(pod)) for pod in pods):
        return None
    return min(pod_trouble(pod) for pod in pods)


def check_stalled(history: History, uid: str) -> Finding:
    """The new version did not take over, and the old one kept what the strategy promises, in every state."""
    obj = history.seen("Deployment")[uid]
    replicas = min(sizes(history, "Deployment", uid))
    allowed, how = strategy_allows(obj, replicas)
    bound = replicas - allowed
    terms = (f"replicas {replicas}", f"the strategy allows {how}", f"promised: at least {counted(bound, 'old pod')} available")
    judging = Judging.of(CATALOGUE["deploy-bad-rollout-keeps-old"], obj, *terms)
    if reason := created_in_the_block(history, obj, "there was no old version to stay"):
        return judging.vacuous(*reason)
    if template_change(history, "Deployment", uid) is None:
        return judging.vacuous(*no_new_revision("nothing could stall"))
    if bound <= 0:
        why = "the strategy lets all old pods go, so none is promised to stay"
        return judging.vacuous(why, change=change_to_keep_one(obj, replicas))
    old_sets, new_set = old_replica_sets(history, uid), new_replica_set(history, uid)
    every = list(moments(history, controlled_by(owners(history, "Deployment", uid)), int(obj["spec"].get("minReadySeconds", 0))))
    old = [sum(pod.available and controller(pod.object) in old_sets for pod in moment.pods.values()) for moment in every]
    if old[0] < bound:
        why = f"old pods available when the block began: {old[0]}, fewer than the {bound} promised to stay"
        return judging.vacuous(why, do=READY_BEFORE)
    new = [pod for pod in history.seen("Pod").values() if new_set is not None and controller(pod) == new_set]
    if not new:
        return judging.vacuous(*new_version_not_tried(obj))
    broke = next((moment for moment, count in zip(every, old, strict=True) if count < bound), None)
    advice = Advice()
    if broke is not None:
        before = every[: every.index(broke) + 1]
        took_over = any(pod.available and controller(pod.object) == new_set for moment in before for pod in moment.pods.values())
        losing = losses(history, every, broke, replicas)
        advice = _takeover_advice(obj) if took_over else advice_on(losing, obj, bound, replicas)
    return replace(judging, trigger=changed_at(history, "Deployment", uid)).found(
        [Breach(f"old pods available: {min(old)}", broke.at)] if broke is not None else (),
        *advice,
        chart=replace(
            chart(history, every, bound, broke, lambda pod: "old" if controller(pod) in old_sets else "new"),
            counts=tuple((moment.at, count) for moment, count in zip(every, old, strict=True)),
            counted="old available",
        ),
        evidence={"old_available": min(old), "bound": bound, "reason": stall_reason(history, uid) or min(map(pod_trouble, new))},
    )


def _takeover_advice(deployment: Object) -> Advice:
    probe = "spec.template.spec.containers[].readinessProbe"
    if not has_readiness_signal(deployment["spec"]["template"]):
        return Advice(
            "the new version has no readiness signal, so its pods counted as available as soon as their processes were started",
            f"{probe}: add one that a broken version fails (minReadySeconds helps too)",
        )
    return Advice(
        "the new version became available, so the Deployment went on and took the old pods down",
        f"{probe}: one that the broken version fails",
    )
