"""cron-concurrency: what a CronJob does when a tick comes and the last Job is still at work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from ...history.events import events
from ...history.model import History, Object, Version
from ...objects.pods import controller, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted

Policy = Literal["Allow", "Forbid", "Replace"]
KIND = "CronJob"
SKIPPED = "JobAlreadyActive"  # the reason of the Event with which the controller says that it skipped a tick


def ticks(history: History, uid: str) -> int:
    """How many ticks were seen: Jobs that were made, and ticks that were skipped."""
    return len(jobs_made(history, uid)) + _skipped(history, uid)


def jobs_made(history: History, uid: str) -> list[Version]:
    """The Jobs that the CronJob has made in the window, in their first versions."""
    return [one for one in history.of("Job") if one.type == "ADDED" and controller(one.object) == uid]


def check_concurrency(history: History, uid: str, policy: Policy, wanted: int) -> Finding:
    """Hold every Job that was made against those that were at work at that moment."""
    cron, made, skipped = history.seen(KIND)[uid], jobs_made(history, uid), _skipped(history, uid)
    overlaps, replaced = list(_overlaps(history, uid)), list(_replaced(history, uid))
    now, seen = cron["spec"].get("concurrencyPolicy", "Allow"), len(made) + skipped
    terms = (f"must be: {policy}", f"{counted(seen, 'tick')} seen: {counted(len(made), 'Job')} made, {skipped} skipped")
    judging = Judging.of(CATALOGUE["cron-concurrency"], cron, *terms, trigger=history.started)
    breaches = [*(overlaps if policy != "Allow" else ()), *(replaced if policy != "Replace" else ())]
    if policy != "Forbid" and skipped:
        breaches.append(Breach(f"{counted(skipped, 'tick was', 'ticks were')} skipped while a Job was at work"))
    if not breaches and seen < wanted:
        suspended = bool(cron["spec"].get("suspend"))
        often = f"spec.schedule: one with more ticks (now {cron['spec']['schedule']})"
        return judging.vacuous(
            f"{seen} of {wanted} ticks came",
            change="spec.suspend: false (now true)" if suspended else often,
            do="" if suspended else "wait longer, with timeout=",
        )
    if not breaches and not {"Allow": overlaps, "Forbid": skipped, "Replace": replaced}[policy]:
        return judging.vacuous(
            "never contended: no Job was still at work when the next tick came, so the policy had nothing to decide",
            change="spec.jobTemplate: a program that works for longer than the time between two ticks",
        )
    return judging.found(
        breaches,
        change=f"spec.concurrencyPolicy: {policy} (now {now})" if now != policy else "",
        check="what, other than the CronJob, makes or deletes its Jobs" if now == policy else "",
        evidence={"made": tuple(version.name for version in made), "skipped": skipped},
    )


def _skipped(history: History, uid: str) -> int:
    """The ticks that the controller says it skipped.

    It says so again whenever the Job at work changes, until the next tick: what it says within a minute, the finest that a
    schedule can tell apart, is about one tick.
    """

    def minutes(every: Iterable[Object]) -> set[str]:
        mine = (one for one in every if one.get("reason") == SKIPPED and one.get("involvedObject", {}).get("uid") == uid)
        return {str(one.get("lastTimestamp"))[: len("2026-01-02T03:04")] for one in mine}

    return len(minutes(events(history)) - minutes(history.before("Event").values()))


def _overlaps(history: History, uid: str) -> Iterator[Breach]:
    """The Jobs that were made while another one was at work."""
    for state in history.states("Job"):
        version = state.version
        if version is not None and version.type == "ADDED" and controller(version.object) == uid:
            others = sorted(
                str(job["metadata"]["name"])
                for job in state.objects.values()
                if controller(job) == uid and job["metadata"]["uid"] != version.uid and _at_work(job)
            )
            if others:
                were = "was" if len(others) == 1 else "were"
                yield Breach(f"{version.name} was made while {', '.join(others)} {were} at work", version.received)


def _replaced(history: History, uid: str) -> Iterator[Breach]:
    """The Jobs that were taken away while they were at work."""
    working = {one for one, job in history.before("Job").items() if controller(job) == uid and _at_work(job)}
    for version in history.of("Job"):
        if controller(version.object) != uid:
            continue
        if version.uid in working and (version.type == "DELETED" or terminating(version.object)):
            working.discard(version.uid)
            yield Breach(f"{version.name} was deleted while it was at work", version.received)
        elif version.type != "DELETED" and _at_work(version.object):
            working.add(version.uid)
        else:
            working.discard(version.uid)


def _at_work(job: Object) -> bool:
    ended = any(condition(job, one).get("status") == "True" for one in ("Complete", "Failed"))
    return not ended and not terminating(job)
