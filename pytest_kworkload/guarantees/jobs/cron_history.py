"""cron-history: which of its finished Jobs a CronJob keeps."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.pods import controller, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted
from .cron_concurrency import KIND

# The field with the limit, and its default, by the condition with which a Job ends.
OUTCOMES = {"Complete": ("succeeded", "successfulJobsHistoryLimit", 3), "Failed": ("failed", "failedJobsHistoryLimit", 1)}


def surplus(history: History, uid: str) -> list[str]:
    """The finished Jobs that are still there although the CronJob's own limits do not let them stay."""
    cron = history.objects(KIND).get(uid)
    if cron is None:
        return []
    surplus_jobs = []
    for outcome, (_, field, default) in OUTCOMES.items():
        limit = int(cron["spec"].get(field, default))
        there = [job for job in _finished(history, uid, outcome) if job["metadata"]["uid"] in history.objects("Job")]
        surplus_jobs += [str(job["metadata"]["name"]) for job in there[: max(0, len(there) - limit)]]
    return surplus_jobs


def check_history(history: History, uid: str, successful: int, failed: int) -> Finding:
    """Of the Jobs that succeeded, and of those that failed, exactly the newest are there, this many. The history is the whole test's."""
    cron, limits = history.seen(KIND)[uid], {"Complete": successful, "Failed": failed}
    judging = Judging.of(CATALOGUE["cron-history"], cron, f"kept: {successful} that succeeded, {failed} that failed")
    kept: dict[str, tuple[str, ...]] = {}
    breaches, changes, others, more = [], [], False, False
    for outcome, (word, field, default) in OUTCOMES.items():
        limit, own = limits[outcome], int(cron["spec"].get(field, default))
        every = _finished(history, uid, outcome)
        there = [job for job in every if job["metadata"]["uid"] in history.objects("Job") and not terminating(job)]
        kept[word] = tuple(str(job["metadata"]["name"]) for job in there)
        more = more or len(every) > limit
        if wrong := _kept_wrongly(every, there, limit):
            breaches.append(Breach(f"of {len(every)} that {word}, {wrong}"))
            changes += [f"spec.{field}: {limit} (now {own})"] if own != limit else []
            others = others or own == limit
    if not breaches and not more:
        return judging.vacuous("there never were more finished Jobs than are kept", do="let more Jobs end, or expect fewer to be kept")
    return judging.found(
        breaches,
        change="; ".join(changes),
        check="what, other than the CronJob, deletes or holds its Jobs" if others else "",
        evidence={"succeeded": kept["succeeded"], "failed": kept["failed"]},
    )


def _finished(history: History, uid: str, outcome: str) -> list[Object]:
    """Its Jobs with this end, in the order in which they started."""
    jobs = [job for job in history.seen("Job").values() if controller(job) == uid and condition(job, outcome).get("status") == "True"]
    return sorted(jobs, key=_start)


def _start(job: Object) -> str:
    return str(job.get("status", {}).get("startTime") or job["metadata"].get("creationTimestamp") or "")


def _kept_wrongly(every: list[Object], there: list[Object], limit: int) -> str:
    """What is wrong with those that are kept. Of two that started within one second either may have gone."""
    gone = [job for job in every if job not in there]
    if len(there) != min(limit, len(every)):
        return counted(len(there), "is kept", "are kept")
    older = [job for job in there if any(_start(one) > _start(job) for one in gone)]
    return f"{older[0]['metadata']['name']} is kept, and a newer one went" if older else ""
