"""job-suspend, job-ttl: a Job that is put aside has no pods, and one that is over goes when its time is up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ...history.model import History, Object, Version
from ...objects.pods import controlled_by, finished, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from .outcome import over

KUBERNETES = "kubernetes.io/job-controller"  # spec.managedBy, if it is not set


def active(history: History, uid: str) -> list[str]:
    """The pods of the Job that are at work: neither finished nor on their way out."""
    mine = controlled_by({uid})
    pods = history.objects("Pod").values()
    return sorted(str(pod["metadata"]["name"]) for pod in pods if mine(pod) and not finished(pod) and not terminating(pod))


def suspended(history: History, uid: str) -> bool:
    """Whether the Job says that it is suspended and has no pod at work."""
    job = history.objects("Job").get(uid)
    return job is not None and condition(job, "Suspended").get("status") == "True" and not active(history, uid)


def check_suspended(history: History, uid: str, since: datetime, settle: float) -> Finding:
    """No pod was at work at a moment, and none was created after it, or after the controller had said that the Job is suspended."""
    job = history.seen("Job")[uid]
    mine = controlled_by({uid})
    before = sorted(
        str(pod["metadata"]["name"]) for pod in history.before("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)
    )
    left = active(history, uid)

    def found(**parts: Any) -> Finding:
        terms = (f"pods at work before: {len(before)}", f"watched for {settle:g} s")
        return Finding(CATALOGUE["job-suspend"], f"Job {job['metadata']['name']}", terms, trigger=since, **parts)

    if not job["spec"].get("suspend"):
        return found(vacuous="the Job is not suspended", change="spec.suspend: true, in the block")
    if not before:
        return found(vacuous="no pod was at work before the block, so there was none to take away", change="suspend it while its pods run")
    if over(history, uid):
        return found(vacuous="the Job is over", change="spec.template: a program that works until after the block")
    told = _told(history, uid)
    late = [
        one
        for one in history.of("Pod")
        if one.type == "ADDED" and mine(one.object) and (one.received > since if told is None else one.revision > told)
    ]
    breaches = [Breach(f"{one.name} was created although the Job was suspended", one.received) for one in late]
    if left and not late:
        breaches.append(Breach(f"pods at work: {', '.join(left)}"))
    elif not left and condition(job, "Suspended").get("status") != "True":
        breaches.append(Breach("it does not have the condition Suspended"))
    return found(breaches=tuple(breaches), change=_culprit(job) if breaches else "", evidence={"taken": tuple(before)})


def _told(history: History, uid: str) -> int | None:
    """The revision from which on the Job says that it is suspended: before, the controller may not have heard of it.

    Revisions are those of one store.
    """
    told = None
    for version in history.of("Job"):
        if version.uid == uid:
            says = condition(version.object, "Suspended").get("status") == "True"
            told = (told or version.revision) if says else None
    return told


def _culprit(job: Object) -> str:
    """Where to look for who does not do what the Job asks for."""
    other = job["spec"].get("managedBy", KUBERNETES)
    if other != KUBERNETES:
        return f"spec.managedBy: Kubernetes leaves the Job to {other}, who must see to it"
    return "who else makes pods for this Job, or its finalizers"


def gone(history: History, uid: str) -> bool:
    """Whether the Job is gone, and its pods with it."""
    mine = controlled_by({uid})
    return uid in history.seen("Job") and uid not in history.objects("Job") and not any(map(mine, history.objects("Pod").values()))


def check_ttl(history: History, uid: str, seconds: int) -> Finding:
    """The Job that was over was deleted, with its pods, so many seconds after its end and not before."""
    job = history.seen("Job")[uid]
    own, mine = job["spec"].get("ttlSecondsAfterFinished"), controlled_by({uid})

    def found(**parts: Any) -> Finding:
        terms = (f"to be deleted {seconds} s after its end",)
        return Finding(CATALOGUE["job-ttl"], f"Job {job['metadata']['name']}", terms, trigger=history.started, **parts)

    field = f"spec.ttlSecondsAfterFinished: {seconds} (now {'not set' if own is None else own})"
    end = _ended(job)
    went = _went(history, uid)
    if end is None:
        what = "was deleted before it was over" if went else "is not over"
        return found(vacuous=f"the Job {what}", change="a program that ends, or a longer timeout")
    if own is None:
        return found(breaches=(Breach("nothing deletes it when it is over"),), change=field)
    if went is None:
        return found(breaches=(Breach("it is still there"),), change=field if own != seconds else "a longer timeout, or its finalizers")
    after = (_deletion(went) - end).total_seconds()
    if after < seconds:
        by = field if own < seconds else "who else deletes it: leave it to its TTL"
        return found(breaches=(Breach(f"it was deleted {after:.0f} s after its end", went.received),), change=by)
    if own != seconds:
        return found(breaches=(Breach(f"it was deleted {after:.0f} s after its end", went.received),), change=field)
    left = sorted(str(pod["metadata"]["name"]) for pod in history.objects("Pod").values() if mine(pod))
    if left:
        return found(breaches=(Breach(f"its pods are still there: {', '.join(left)}"),), change="what holds the pods: their finalizers")
    return found(evidence={"seconds": after})


def _ended(job: Object) -> datetime | None:
    """When the Job was over, by the API server's clock, in whole seconds."""
    for kind in ("Complete", "Failed"):
        one = condition(job, kind)
        if one.get("status") == "True":
            return datetime.fromisoformat(str(one["lastTransitionTime"]))
    return None


def _went(history: History, uid: str) -> Version | None:
    """The version with which the Job began to go."""
    mine = (one for one in history.of("Job") if one.uid == uid)
    return next((one for one in mine if one.type == "DELETED" or one.object["metadata"].get("deletionTimestamp")), None)


def _deletion(version: Version) -> datetime:
    """When the deletion was asked for: by the API server's clock if it noted that, else by ours, cut to seconds as its own."""
    noted = version.object["metadata"].get("deletionTimestamp")
    moment = datetime.fromisoformat(str(noted)) if noted else version.received
    return moment - timedelta(microseconds=moment.microsecond)
