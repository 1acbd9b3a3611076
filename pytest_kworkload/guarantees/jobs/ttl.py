"""job-ttl: a finished Job is deleted, with its pods, when its ttlSecondsAfterFinished are over, and not before."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...history.model import History, Object, Version
from ...objects.pods import controlled_by, deletion
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


def gone_with_pods(history: History, uid: str) -> bool:
    """Whether the Job is gone, and its pods with it."""
    mine = controlled_by({uid})
    return uid in history.seen("Job") and uid not in history.objects("Job") and not any(map(mine, history.objects("Pod").values()))


def check_ttl(history: History, uid: str, seconds: int) -> Finding:
    """The Job that was over was deleted, with its pods, this many seconds after its end and not before."""
    job, gone, mine = history.seen("Job")[uid], deletion(history, uid, "Job"), controlled_by({uid})
    judging = Judging.of(CATALOGUE["job-ttl"], job, f"to be deleted {seconds} s after its end", trigger=history.started)
    end, own = _end(job), job["spec"].get("ttlSecondsAfterFinished")
    field = f"spec.ttlSecondsAfterFinished: {seconds} (now {'not set' if own is None else own})" if own != seconds else ""
    if end is None:
        why = "was deleted before it was over" if gone else "is not over"
        return judging.vacuous(f"the Job {why}", do="take a program that ends, or wait longer, with timeout=")
    if own is None:
        return judging.found((Breach("nothing deletes it when it is over"),), change=field)
    if gone is None:
        held = "" if field else "which finalizers hold it, or whether timeout= is too short"
        return judging.found((Breach("it is still there"),), change=field, check=held)
    after = (_asked_at(gone) - end).total_seconds()
    if after < seconds or field:
        too_early = after < seconds and own >= seconds
        return judging.found(
            (Breach(f"it was deleted {after:.0f} s after its end", gone.received),),
            change="" if too_early else field,
            check="what, other than its TTL, deletes it" if too_early else "",
        )
    left = sorted(str(pod["metadata"]["name"]) for pod in history.objects("Pod").values() if mine(pod))
    return judging.found(
        (Breach(f"its pods are still there: {', '.join(left)}"),) if left else (),
        check="which finalizers hold the pods",
        evidence={"seconds": after},
    )


def _end(job: Object) -> datetime | None:
    """When the Job was over, by the API server's clock, in whole seconds."""
    for kind in ("Complete", "Failed"):
        one = condition(job, kind)
        if one.get("status") == "True":
            return datetime.fromisoformat(str(one["lastTransitionTime"]))
    return None


def _asked_at(gone: Version) -> datetime:
    """When the deletion was asked for: by the API server's clock if it noted that, otherwise by ours, cut to seconds as its own."""
    noted = gone.object["metadata"].get("deletionTimestamp")
    moment = datetime.fromisoformat(str(noted)) if noted else gone.received
    return moment - timedelta(microseconds=moment.microsecond)
