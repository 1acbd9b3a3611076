"""cron-concurrency: what a CronJob does when a tick comes and the last Job is still at work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from ...history.events import events
from ...history.model import History, Object, Version
from ...objects.pods import controller, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

Policy = Literal["Allow", "Forbid", "Replace"]
KIND = "CronJob"
SKIPPED = "JobAlreadyActive"  # the reason of the Event with which the controller tells that it skipped a tick


def ticks(history: History, uid: str) -> int:
    """How many ticks were seen: Jobs that were made, and ticks that were skipped."""
    return len(_made(history, uid)) + _skipped(history, uid)


def check_concurrency(history: History, uid: str, policy: Policy, wanted: int) -> Finding:
    """Hold every Job that was made against those that were at work at that moment."""
    cron = history.seen(KIND)[uid]
    now = cron["spec"].get("concurrencyPolicy", "Allow")
    made, skipped, overlaps = _made(history, uid), _skipped(history, uid), list(_overlaps(history, uid))
    replaced = list(_replaced(history, uid))
    seen = len(made) + skipped

    def found(**parts: Any) -> Finding:
        terms = (f"must be: {policy}", f"{seen} ticks seen: {len(made)} Jobs made, {skipped} skipped")
        return Finding(CATALOGUE["cron-concurrency"], f"{KIND} {cron['metadata']['name']}", terms, trigger=history.started, **parts)

    change = f"spec.concurrencyPolicy: {policy} (now {now})" if now != policy else "who else makes or deletes Jobs for it"
    breaches = []
    if policy != "Allow":
        breaches += overlaps
    if policy != "Replace":
        breaches += replaced
    if policy != "Forbid" and skipped:
        breaches.append(Breach(f"{skipped} ticks were skipped while a Job was at work"))
    if breaches:
        return found(breaches=tuple(breaches), change=change)
    if seen < wanted:
        suspended = bool(cron["spec"].get("suspend"))
        return found(
            vacuous=f"{seen} of {wanted} ticks came",
            change="spec.suspend: false (now true)" if suspended else "spec.schedule, or a longer timeout",
        )
    if not {"Allow": overlaps, "Forbid": skipped, "Replace": replaced}[policy]:
        return found(
            vacuous="never contended: no Job was still at work when the next tick came, so the policy had nothing to decide",
            change="spec.jobTemplate: a program that works for longer than the time between two ticks",
        )
    return found(evidence={"made": tuple(version.name for version in made), "skipped": skipped})


def _made(history: History, uid: str) -> list[Version]:
    return [one for one in history.of("Job") if one.type == "ADDED" and controller(one.object) == uid]


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
                yield Breach(f"{version.name} was made while {', '.join(others)} was at work", version.received)


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
    over = any(condition(job, one).get("status") == "True" for one in ("Complete", "Failed"))
    return not over and not terminating(job)
