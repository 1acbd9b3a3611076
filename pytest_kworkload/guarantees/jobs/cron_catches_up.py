"""cron-missed: what a CronJob does about the ticks that it missed."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...history.events import events
from ...history.model import History
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from .cron_concurrency import KIND, jobs_made

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"

# A tick for which the Job came no later than this was not missed, only late.
_LATE = timedelta(seconds=5)
_MISS = "let it miss ticks before the block: suspend it over one"


def gave_up(history: History, uid: str) -> bool:
    """Whether the controller has said in the window that it is too late for a tick."""
    return any(event.get("reason") == "MissSchedule" for event in events(history, uid))


def check_catches_up(history: History, uid: str) -> Finding:
    """For all the ticks that had been missed when the window began one Job was made, for the latest."""
    cron, jobs = history.seen(KIND)[uid], [one.object for one in jobs_made(history, uid)]
    deadline = cron["spec"].get("startingDeadlineSeconds")
    terms = (f"schedule {cron['spec'].get('schedule')}", f"startingDeadlineSeconds {deadline if deadline is not None else 'not set'}")
    judging = Judging.of(CATALOGUE["cron-missed"], cron, *terms, trigger=history.started)
    if cron["spec"].get("suspend"):
        return judging.vacuous("it is suspended", change="spec.suspend: false, in the block (now true)")
    if not jobs and deadline is None:
        return judging.vacuous("no Job was made, so no tick was missed", do=_MISS)
    if not jobs:
        longer = f"spec.startingDeadlineSeconds: longer than the ticks were missed for (now {deadline})"
        return judging.found((Breach("no Job was made"),), change=longer)
    if len(jobs) > 1:
        names = tuple(sorted(str(job["metadata"]["name"]) for job in jobs))
        return judging.found((Breach(f"{len(jobs)} Jobs were made", lines=names),), check="what, other than the CronJob, makes Jobs for it")
    (job,) = jobs
    scheduled = (job["metadata"].get("annotations") or {}).get(SCHEDULED)
    if scheduled is None:
        return judging.vacuous("the Job is not for a tick: somebody else made it", do="leave it to the CronJob to make Jobs")
    late = datetime.fromisoformat(str(job["metadata"]["creationTimestamp"])) - datetime.fromisoformat(str(scheduled))
    if late < _LATE:
        return judging.vacuous("the Job came in time, so no tick was missed", do=_MISS)
    return judging.found(evidence={"job": job["metadata"]["name"], "scheduled": str(scheduled), "late": late.total_seconds()})
