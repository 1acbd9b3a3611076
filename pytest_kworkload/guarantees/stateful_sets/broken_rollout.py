"""sts-broken-rollout: a StatefulSet's update stops at the first replica that does not become available; the others stay old."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.availability import moments
from ...objects.pods import controlled_by, deletion, finished, has_readiness_signal, ordinal, revision, terminating
from ...objects.readiness import observed, pod_trouble, stuck, unready
from ...objects.replicas import kept_ordinals, partition_of, unavailable_ordinals
from ...objects.revisions import changed_at, template_change
from ...objects.strategy import strategy_allows
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted
from ..vacuous import READY_BEFORE, created_in_the_block, no_new_revision, on_delete


def stopped(history: History, uid: str) -> str | None:
    """The trouble that the new version's replicas are stuck with; None as long as one may still become ready, or none is there."""
    obj = history.objects("StatefulSet").get(uid)
    if obj is None or not observed(obj):
        return None
    new = _new_pods(history, obj)
    if not new or not all(unready(pod) and stuck(pod) for pod in new):
        return None
    return min(pod_trouble(pod) for pod in new)


def check_broken_set(history: History, uid: str) -> Finding:
    """No replica of the new version was ever available, and no more old ones went than may be unavailable at a time."""
    obj = history.seen("StatefulSet")[uid]
    replicas = kept_ordinals(history, uid)
    open_to = replicas[partition_of(obj) :]
    allowed, how = strategy_allows(obj, len(replicas))
    terms = (f"replicas {len(replicas)}", f"the strategy allows {how}", f"promised: at most {counted(allowed, 'old replica')} may go")
    trigger = changed_at(history, "StatefulSet", uid) if uid in history.before("StatefulSet") else None
    judging = Judging.of(CATALOGUE["sts-broken-rollout"], obj, *terms, trigger=trigger)
    if reason := created_in_the_block(history, obj, "there was no old version to stay"):
        return judging.vacuous(*reason)
    if template_change(history, "StatefulSet", uid) is None:
        return judging.vacuous(*no_new_revision("nothing could stop"))
    if reason := on_delete(obj):
        return judging.vacuous(*reason)
    if len(open_to) <= allowed:
        why = f"the update is for {counted(len(open_to), 'replica')} and {allowed} may be unavailable, so none is promised to stay"
        more = f"spec.replicas: {partition_of(obj) + allowed + 1} or more (now {len(replicas)})"
        return judging.vacuous(why, f"{more}; or in spec.updateStrategy.rollingUpdate a lower maxUnavailable or partition")
    mine = controlled_by({uid})
    every = list(moments(history, mine, int(obj["spec"].get("minReadySeconds", 0))))
    if len(ill := unavailable_ordinals(every[0], replicas)) > allowed:
        # Under Parallel those are replaced whatever the budget says; otherwise the update does not begin.
        why = f"unavailable when the block began: {counted(len(ill), 'replica')}, more than the {allowed} that may be, so none need stay"
        return judging.vacuous(why, do=READY_BEFORE)
    before = history.before("Pod")
    old = {one: pod for one, pod in before.items() if mine(pod) and ordinal(pod) in replicas and not terminating(pod)}
    gone = sorted(str(pod["metadata"]["name"]) for one, pod in old.items() if deletion(history, one) is not None)
    came = [pod for one in every for pod in one.pods.values() if pod.uid not in before and revision(pod.object) == _target(obj)]
    took_over = sorted({pod.name for pod in came if pod.available})
    new = [pod for pod in _new_pods(history, obj) if pod["metadata"]["uid"] not in before]
    if not new and not took_over:
        return judging.vacuous("no pod of the new version was created, so it was not even tried", do=READY_BEFORE)
    breaches = []
    if took_over:
        breaches.append(Breach(f"replicas of the new version that became available: {len(took_over)}", lines=tuple(took_over)))
    elif len(gone) > allowed:
        breaches.append(Breach(f"old replicas that went: {len(gone)}", lines=tuple(gone)))
    return judging.found(
        breaches,
        *_advice(obj, bool(took_over)),
        evidence={"old_available": len(old) - len(gone), "bound": len(old) - allowed, "reason": min(map(pod_trouble, new), default="")},
    )


def _target(obj: Object) -> str:
    return str(obj.get("status", {}).get("updateRevision", ""))


def _new_pods(history: History, obj: Object) -> list[Object]:
    """The pods of the new version that are there."""
    mine = controlled_by({str(obj["metadata"]["uid"])})
    every = (pod for pod in history.objects("Pod").values() if mine(pod) and revision(pod) == _target(obj))
    return [pod for pod in every if not finished(pod) and not terminating(pod)]


def _advice(obj: Object, took_over: bool) -> Advice:
    if not took_over:
        return Advice(
            "somebody deleted old replicas, or they were evicted",
            check="find what, other than the controller, deletes pods of this set",
        )
    if not has_readiness_signal(obj["spec"]["template"]):
        return Advice(
            "the new version has no readiness signal, so a replica counted as available as soon as its processes were started",
            "spec.template.spec.containers[].readinessProbe: add one that a broken version fails",
        )
    return Advice(
        "the new version became available, so the update went on",
        check="the readiness probe: a broken version should fail it",
    )
