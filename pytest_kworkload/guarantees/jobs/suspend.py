"""job-suspend: a Job that is suspended has its pods taken away, and gets no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from ...history.model import History, Object, Version
from ...objects.pods import controlled_by, finished, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from .outcome import is_over

_KUBERNETES = "kubernetes.io/job-controller"  # spec.managedBy, if it is not set


def active(pods: Mapping[str, Object], uid: str) -> list[str]:
    """Those of the pods that are the Job's and at work: neither finished nor on their way out."""
    mine = controlled_by({uid})
    return sorted(str(pod["metadata"]["name"]) for pod in pods.values() if mine(pod) and not finished(pod) and not terminating(pod))


def suspended(history: History, uid: str) -> bool:
    """Whether the Job says that it is suspended and has no pod at work."""
    job = history.objects("Job").get(uid)
    return job is not None and condition(job, "Suspended").get("status") == "True" and not active(history.objects("Pod"), uid)


def check_suspended(history: History, uid: str, since: datetime, settle: float) -> Finding:
    """No pod was at work at a moment, and none was created after it, or after the controller had said that the Job is suspended."""
    job, left = history.seen("Job")[uid], active(history.objects("Pod"), uid)
    before = active(history.before("Pod"), uid)
    terms = (f"pods at work before: {len(before)}", f"watched for {settle:g} s")
    judging = Judging.of(CATALOGUE["job-suspend"], job, *terms, trigger=since)
    if not job["spec"].get("suspend"):
        return judging.vacuous("the Job is not suspended", change="spec.suspend: true, in the block (now false)")
    if not before:
        return judging.vacuous("no pod was at work before the block, so there was none to take away", do="suspend it while its pods run")
    if is_over(history, uid):
        return judging.vacuous("the Job is over", change="spec.template: a program that works until after the block")
    late = [*_created_late(history, uid, since)]
    breaches = [Breach(f"{one.name} was created although the Job was suspended", one.received) for one in late]
    if left and not late:
        breaches.append(Breach(f"pods at work: {', '.join(left)}"))
    elif not left and condition(job, "Suspended").get("status") != "True":
        breaches.append(Breach("it does not have the condition Suspended"))
    manager = job["spec"].get("managedBy", _KUBERNETES)
    foreign = manager != _KUBERNETES
    return judging.found(
        breaches,
        cause=f"Kubernetes leaves the Job to {manager}, which has not seen to it" if foreign else "",
        change=f"spec.managedBy: {_KUBERNETES} (now {manager})" if foreign else "",
        check="" if foreign else "what, other than its controller, makes pods for this Job, or which finalizers hold them",
        evidence={"taken": tuple(before)},
    )


def _created_late(history: History, uid: str, since: datetime) -> Iterator[Version]:
    """The pods that were created although the Job was suspended: after it said so or, if it never did, after the moment `since`."""
    mine, said = controlled_by({uid}), _said_suspended(history, uid)
    for one in history.of("Pod"):
        if one.type == "ADDED" and mine(one.object) and (one.received > since if said is None else one.revision > said):
            yield one


def _said_suspended(history: History, uid: str) -> int | None:
    """The revision from which on the Job says that it is suspended: before it, the controller may not have heard of it.

    Revisions are those of one store.
    """
    said = None
    for version in history.of("Job"):
        if version.uid == uid:
            now = condition(version.object, "Suspended").get("status") == "True"
            said = (said or version.revision) if now else None
    return said
