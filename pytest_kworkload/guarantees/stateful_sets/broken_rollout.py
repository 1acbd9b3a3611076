"""sts-broken-rollout: a StatefulSet's update stops at the first replica that does not become available; the others stay old."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.availability import moments
from ...objects.pods import controlled_by, deletion, finished, has_readiness_signal, ordinal, revision, terminating
from ...objects.readiness import observed, pod_trouble, stuck, unready
from ...objects.replicas import kept_ordinals, partition_of, unavailable_ordinals
from ...objects.revisions import changed_at, template_change
from ...objects.strategy import strategy_allows
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def stopped(history: History, uid: str) -> str | None:
    """The trouble that the new version's replicas are stuck with; None as long as one may still become ready, or none is there."""
    obj = history.objects("StatefulSet").get(uid)
    if obj is None or not observed(obj):
        return None
    new = _new(history, obj)
    if not new or not all(unready(pod) and stuck(pod) for pod in new):
        return None
    return min(pod_trouble(pod) for pod in new)


def check_broken_set(history: History, uid: str) -> Finding:
    """No replica of the new version was ever available, and no more old ones went than may be unavailable at a time."""
    obj = history.seen("StatefulSet")[uid]
    replicas = kept_ordinals(history, uid)
    open_to = replicas[partition_of(obj) :]
    allowed, how = strategy_allows(obj, len(replicas))
    strategy = (obj["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate")
    terms = (f"replicas {len(replicas)}", f"the strategy allows {how}", f"promised: at most {allowed} old replicas go")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["sts-broken-rollout"], f"StatefulSet {obj['metadata']['name']}", terms, **parts)

    if uid not in history.before("StatefulSet"):
        return found(vacuous="the block created the set, so there was no old version to stay", change="apply it before the block")
    if template_change(history, "StatefulSet", uid) is None:
        return found(vacuous="the block made no new revision, so nothing could stop", change="update the template in the block")
    if strategy != "RollingUpdate":
        return found(
            vacuous=f"updateStrategy {strategy} replaces no pod", change=f"spec.updateStrategy.type: RollingUpdate (now {strategy})"
        )
    if len(open_to) <= allowed:
        return found(
            vacuous=f"{len(open_to)} replicas are open to the update and {allowed} may be unavailable, so none is promised to stay",
            change=f"spec.replicas: {partition_of(obj) + allowed + 1} or more; or spec.updateStrategy.rollingUpdate: less of it",
        )
    mine = controlled_by({uid})
    every = list(moments(history, mine, int(obj["spec"].get("minReadySeconds", 0))))
    if len(ill := unavailable_ordinals(every[0], replicas)) > allowed:
        # Under Parallel those are replaced whatever the budget says, and else the update does not begin.
        return found(
            vacuous=f"replicas not available when the block began: {len(ill)}, more than the {allowed} that may be, so none need stay",
            change="wait_ready() before the block",
        )
    before = history.before("Pod")
    old = {one: pod for one, pod in before.items() if mine(pod) and ordinal(pod) in replicas and not terminating(pod)}
    gone = sorted(str(pod["metadata"]["name"]) for one, pod in old.items() if deletion(history, one) is not None)
    came = [pod for one in every for pod in one.pods.values() if pod.uid not in before and revision(pod.object) == _target(obj)]
    took_over = sorted({pod.name for pod in came if pod.available})
    new = [pod for pod in _new(history, obj) if pod["metadata"]["uid"] not in before]
    if not new and not took_over:
        return found(vacuous="no pod of the new version was created, so it was not even tried", change="wait_ready() before the block")
    breaches = []
    if took_over:
        breaches.append(Breach(f"replicas of the new version that became available: {len(took_over)}", lines=tuple(took_over)))
    elif len(gone) > allowed:
        breaches.append(Breach(f"old replicas that went: {len(gone)}", lines=tuple(gone)))
    cause, change = _why(obj, bool(took_over)) if breaches else ("", "")
    return found(
        breaches=tuple(breaches),
        cause=cause,
        change=change,
        trigger=changed_at(history, "StatefulSet", uid),
        evidence={"old_available": len(old) - len(gone), "bound": len(old) - allowed, "reason": min(map(pod_trouble, new), default="")},
    )


def _target(obj: Object) -> str:
    return str(obj.get("status", {}).get("updateRevision", ""))


def _new(history: History, obj: Object) -> list[Object]:
    """The pods of the new version that are there."""
    mine = controlled_by({str(obj["metadata"]["uid"])})
    every = (pod for pod in history.objects("Pod").values() if mine(pod) and revision(pod) == _target(obj))
    return [pod for pod in every if not finished(pod) and not terminating(pod)]


def _why(obj: Object, took_over: bool) -> tuple[str, str]:
    if not took_over:
        return "somebody deleted old replicas, or they were evicted", "what deletes pods of this set beside its controller"
    if not has_readiness_signal(obj["spec"]["template"]):
        return (
            "the new version has no readiness signal, so a replica counted as available as soon as its processes were started",
            "spec.template.spec.containers[].readinessProbe: add one that a broken version fails",
        )
    return "the new version became available, so the update went on", "the readiness probe, so that the broken version fails it"
