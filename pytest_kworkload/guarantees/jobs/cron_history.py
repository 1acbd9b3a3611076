"""cron-history, cron-missed: which Jobs of the past a CronJob keeps, and what it does about ticks that it missed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ...history.events import events
from ...history.model import History, Object
from ...objects.pods import controller, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from .cron_concurrency import KIND

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
OUTCOMES = {"Complete": ("succeeded", "spec.successfulJobsHistoryLimit", 3), "Failed": ("failed", "spec.failedJobsHistoryLimit", 1)}

# A tick for which the Job came no later than this was not missed, only late.
LATE = timedelta(seconds=5)
MISS = "let it miss ticks before the block: suspend it over one"


def surplus(history: History, uid: str) -> list[str]:
    """The finished Jobs that the CronJob's own limits do not let stay."""
    cron = history.objects(KIND).get(uid)
    if cron is None:
        return []
    left = []
    for outcome, (_, field, default) in OUTCOMES.items():
        limit = int(cron["spec"].get(field.removeprefix("spec."), default))
        there = [job for job in _finished(history, uid, outcome) if job["metadata"]["uid"] in history.objects("Job")]
        left += [str(job["metadata"]["name"]) for job in there[: max(0, len(there) - limit)]]
    return left


def check_history(history: History, uid: str, successful: int, failed: int) -> Finding:
    """Of the Jobs that succeeded, and of those that failed, exactly the newest so many are there. The history is the whole test's."""
    cron, limits = history.seen(KIND)[uid], {"Complete": successful, "Failed": failed}
    kept: dict[str, tuple[str, ...]] = {}
    breaches, changes, more = [], [], False

    def found(**parts: Any) -> Finding:
        terms = (f"kept: {successful} that succeeded, {failed} that failed",)
        return Finding(CATALOGUE["cron-history"], f"{KIND} {cron['metadata']['name']}", terms, **parts)

    for outcome, (word, field, default) in OUTCOMES.items():
        limit, own = limits[outcome], int(cron["spec"].get(field.removeprefix("spec."), default))
        every = _finished(history, uid, outcome)
        there = [job for job in every if job["metadata"]["uid"] in history.objects("Job") and not terminating(job)]
        kept[word] = tuple(str(job["metadata"]["name"]) for job in there)
        more = more or len(every) > limit
        wrong = _wrong(every, there, limit)
        if wrong:
            breaches.append(Breach(f"of {len(every)} that {word}, {wrong}"))
            changes.append(f"{field}: {limit} (now {own})" if own != limit else "who else deletes its Jobs")
    if breaches:
        return found(breaches=tuple(breaches), change="; ".join(dict.fromkeys(changes)))
    if not more:
        return found(vacuous="there never were more finished Jobs than are kept", change="let more Jobs end, or ask for fewer")
    return found(evidence={"succeeded": kept["succeeded"], "failed": kept["failed"]})


def made(history: History, uid: str) -> list[Object]:
    """The Jobs that the CronJob has made in the window."""
    return [one.object for one in history.of("Job") if one.type == "ADDED" and controller(one.object) == uid]


def given_up(history: History, uid: str) -> bool:
    """Whether the controller has said in the window that it is too late for a tick."""
    return any(event.get("reason") == "MissSchedule" for event in events(history, uid))


def check_missed(history: History, uid: str) -> Finding:
    """For all the ticks that were missed when the window began one Job was made, for the latest."""
    cron, jobs = history.seen(KIND)[uid], made(history, uid)
    deadline = cron["spec"].get("startingDeadlineSeconds")

    def found(**parts: Any) -> Finding:
        terms = (f"schedule {cron['spec'].get('schedule')}", f"startingDeadlineSeconds {deadline if deadline is not None else 'not set'}")
        return Finding(CATALOGUE["cron-missed"], f"{KIND} {cron['metadata']['name']}", terms, trigger=history.started, **parts)

    if cron["spec"].get("suspend"):
        return found(vacuous="it is suspended", change="spec.suspend: false, in the block")
    if not jobs:
        breach = Breach("no Job was made")
        if deadline is not None:
            return found(breaches=(breach,), change=f"spec.startingDeadlineSeconds: longer than the ticks were missed for (now {deadline})")
        return found(vacuous="no Job was made, so no tick was missed", change=MISS)
    if len(jobs) > 1:
        names = tuple(sorted(str(job["metadata"]["name"]) for job in jobs))
        return found(breaches=(Breach(f"{len(jobs)} Jobs were made", lines=names),), change="who else makes Jobs for it")
    (job,) = jobs
    scheduled = (job["metadata"].get("annotations") or {}).get(SCHEDULED)
    if scheduled is None:
        return found(vacuous="the Job is not for a tick: somebody else made it", change="leave it to the CronJob")
    late = datetime.fromisoformat(str(job["metadata"]["creationTimestamp"])) - datetime.fromisoformat(str(scheduled))
    if late < LATE:
        return found(vacuous="the Job came in time, so no tick was missed", change=MISS)
    return found(evidence={"job": job["metadata"]["name"], "scheduled": str(scheduled), "late": late.total_seconds()})


def _finished(history: History, uid: str, outcome: str) -> list[Object]:
    """Its Jobs with this end, in the order in which they started."""
    jobs = [job for job in history.seen("Job").values() if controller(job) == uid and condition(job, outcome).get("status") == "True"]
    return sorted(jobs, key=_started)


def _started(job: Object) -> str:
    return str(job.get("status", {}).get("startTime") or job["metadata"].get("creationTimestamp") or "")


def _wrong(every: list[Object], there: list[Object], limit: int) -> str:
    """What is wrong with those that are kept. Of two that started in one second either may have gone."""
    gone = [job for job in every if job not in there]
    if len(there) != min(limit, len(every)):
        return f"{len(there)} are kept"
    older = [job for job in there if any(_started(one) > _started(job) for one in gone)]
    return f"{older[0]['metadata']['name']} is kept, and a newer one went" if older else ""
