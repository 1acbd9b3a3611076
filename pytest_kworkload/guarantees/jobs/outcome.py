"""job-completions, job-failure: how a Job ends, and with how many pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from ...history.model import History, Object, Version
from ...objects.pods import controlled_by, finished, terminating
from ...objects.readiness import condition, pod_trouble
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted

INDEX = "batch.kubernetes.io/job-completion-index"

# The field with the limit that a Job has reached, by the reason for which it failed.
_LIMITS = {"BackoffLimitExceeded": "backoffLimit", "DeadlineExceeded": "activeDeadlineSeconds"}

_BEFORE = "create the Job in the block"
_LONGER = "wait longer, with timeout="
_OTHERS = "what, other than its controller, makes pods for this Job"


def is_over(history: History, uid: str) -> bool:
    """Whether the Job is Complete or Failed."""
    job = history.objects("Job").get(uid)
    return job is not None and any(_is(job, kind) for kind in ("Complete", "Failed"))


def check_completes(history: History, uid: str, completions: int | None, parallelism: int | None) -> Finding:
    """It completes with this many pods that succeeded, never with more at a time than it may have or still needs."""
    job, before, pods = history.seen("Job")[uid], history.before("Job").get(uid), _pods(history, uid)
    many, wide = int(job["spec"].get("completions") or 0), highest_parallelism(history, uid)
    asked, at_once = completions if completions is not None else many, parallelism if parallelism is not None else wide
    terms = (counted(asked, "completion") if asked else "any number of completions", f"at most {at_once} at a time")
    judging = Judging.of(CATALOGUE["job-completions"], job, *terms, trigger=history.started)
    if before is not None and _is(before, "Complete"):
        return judging.vacuous("it was complete before the block", do=_BEFORE)
    if many != asked:
        now = many or "not set"
        return judging.found((Breach(f"spec.completions is {now}"),), change=f"spec.completions: {asked} (now {now})")
    crowd = next(_crowds(history, uid, many, at_once), None)
    if crowd is not None:
        narrower = f"spec.parallelism: {at_once} (now {wide})" if wide > at_once else ""
        return judging.found((crowd,), change=narrower, check="" if narrower else _OTHERS)
    if _is(job, "Failed"):
        why = condition(job, "Failed")
        lines = tuple(sorted(f"{pod['metadata']['name']}  {pod_trouble(pod)}" for pod in pods if _phase(pod) == "Failed"))
        return judging.found(
            (Breach(f"it failed: {why.get('reason')}: {why.get('message')}", lines=lines[:5]),),
            change=_limit(job, str(why.get("reason")), "more"),
            check="why the program fails: see its logs()",
        )
    end = _first_version(history, uid, "Complete")
    if end is None:
        return judging.vacuous("it is not complete", do=f"{_LONGER}, or take a program that ends")
    return judging.found(
        _unfinished(history, uid, end, many),
        check="what, other than its controller, writes the Job's status",
        evidence={"succeeded": int(job["status"].get("succeeded", 0)), "highest_active": _highest(history, uid), "pods": len(pods)},
    )


def check_fails(history: History, uid: str, reason: str, pods: int | None) -> Finding:
    """It fails for this reason, after as many pods as its backoffLimit allows, and leaves none at work."""
    job, before, made = history.seen("Job")[uid], history.before("Job").get(uid), _pods(history, uid)
    limit = int(job["spec"].get("backoffLimit", 6))
    if pods is None and reason == "BackoffLimitExceeded" and _fails_one_by_one(job["spec"]):
        pods = limit + 1
    terms = (f"must fail: {reason}", *([f"after {counted(pods, 'pod')}"] if pods is not None else []))
    judging = Judging.of(CATALOGUE["job-failure"], job, *terms, trigger=history.started)
    if before is not None and _is(before, "Failed"):
        return judging.vacuous("it had failed before the block", do=_BEFORE)
    if _is(job, "Complete"):
        return judging.found((Breach("it completed"),), check="whether the program fails where the test means it to")
    end = _first_version(history, uid, "Failed")
    if end is None:
        return judging.vacuous("it has not failed", change=_limit(job, reason, "less"), do=_LONGER)
    why = condition(end.object, "Failed")
    was = str(why.get("reason"))
    if was != reason:
        other = Breach(f"it failed for another reason: {was}: {why.get('message')}", end.received)
        raised = _limit(job, was, "more")
        return judging.found((other,), change=raised, check="" if raised else f"what {was} is about: see the Job's events")
    if pods is not None and len(made) != pods:
        names = tuple(sorted(str(pod["metadata"]["name"]) for pod in made))[:5]
        return judging.found(
            (Breach(f"{counted(len(made), 'pod was', 'pods were')} made", lines=names),),
            change="" if pods == limit + 1 else f"spec.backoffLimit: {pods - 1} (now {limit})",
            check=f"{_OTHERS}, or writes its status" if pods == limit + 1 else "",
        )
    return judging.found(
        (*_without(end, "FailureTarget"), *_left_over(end)),
        check="what, other than its controller, writes the Job's status",
        evidence={"reason": was, "pods": len(made)},
    )


def _limit(job: Object, reason: str, direction: Literal["more", "less"]) -> str:
    """The field with the limit for this reason, and where it should be moved to; empty if the spec has none that can be moved."""
    field = _LIMITS.get(reason)
    if field is None or (direction == "less" and job["spec"].get(field) == 0):
        return ""
    now = job["spec"].get(field)
    return f"spec.{field}: a number (now not set)" if now is None else f"spec.{field}: {direction} than {now} (now {now})"


def highest_parallelism(history: History, uid: str) -> int:
    """The largest parallelism that the Job had in the window: its pods may be from that time."""
    return max(int(one["spec"].get("parallelism", 1)) for one in history.versions_of("Job", uid))


def counts_as_failed(pod: Object, job: Object) -> bool:
    """Whether the controller counts a pod as failed although it has not ended: then it is no success, however it ends."""
    waits = job["spec"].get("podReplacementPolicy") == "Failed"
    return not waits and terminating(pod) and not finished(pod)


def _fails_one_by_one(spec: Mapping[str, Any]) -> bool:
    """Whether each pod of a failed Job has counted as a failure, and none was made beside the last one."""
    alone = spec.get("parallelism", 1) == 1 and spec.get("completions") in (None, 1)  # a pod that succeeds completes it
    failures = not spec.keys() & {"podFailurePolicy", "backoffLimitPerIndex"}
    return alone and failures and spec["template"]["spec"].get("restartPolicy") == "Never"


def _pods(history: History, uid: str) -> list[Object]:
    mine = controlled_by({uid})
    return [pod for pod in history.seen("Pod").values() if mine(pod)]


def _states(history: History, uid: str) -> Iterator[tuple[datetime, list[str], int]]:
    """After each change: when, the active pods, and how many have succeeded so far."""
    mine, job = controlled_by({uid}), history.seen("Job")[uid]
    lost, done = set[str](), set[str]()
    for state in history.states("Pod"):
        pods = {one: pod for one, pod in state.objects.items() if mine(pod)}
        lost |= {one for one, pod in pods.items() if counts_as_failed(pod, job)}
        done |= {one for one, pod in pods.items() if _phase(pod) == "Succeeded"} - lost
        active = sorted(str(pod["metadata"]["name"]) for pod in pods.values() if not finished(pod) and not terminating(pod))
        yield state.moment, active, len(done)


def _highest(history: History, uid: str) -> int:
    return max(len(active) for _, active, _ in _states(history, uid))


def _crowds(history: History, uid: str, completions: int, parallelism: int) -> Iterator[Breach]:
    """The moments at which more pods were active than the Job may have, or still needs."""
    for at, active, done in _states(history, uid):
        if len(active) > parallelism:
            yield Breach(f"{counted(len(active), 'pod was', 'pods were')} active at a time", at, lines=tuple(active))
        elif completions and active and len(active) + done > completions:
            needed = counted(completions - done, "more was", "more were")
            yield Breach(f"{counted(len(active), 'pod was', 'pods were')} active when {needed} needed", at, lines=tuple(active))


def _unfinished(history: History, uid: str, end: Version, completions: int) -> Iterator[Breach]:
    """What is wrong with a Job that says it is complete."""
    yield from _without(end, "SuccessCriteriaMet")
    yield from _left_over(end)
    job, succeeded = end.object, [pod for pod in _pods(history, uid) if _phase(pod) == "Succeeded"]
    early = "successPolicy" in job["spec"]  # then it may be complete with fewer
    said = int(job["status"].get("succeeded", 0))
    if completions and not early and said != completions:
        yield Breach(f"it is complete with {counted(said, 'pod')} that succeeded", end.received)
    if job["spec"].get("completionMode") == "Indexed" and not early:
        there = {str((pod["metadata"].get("annotations") or {}).get(INDEX)) for pod in succeeded}
        without = [str(index) for index in range(completions) if str(index) not in there]
        if without:
            yield Breach(f"no pod of index {', '.join(without)} succeeded", end.received)


def _without(end: Version, first: str) -> list[Breach]:
    """The condition that must come before the last one, or with it."""
    return [] if _is(end.object, first) else [Breach(f"it ended without the condition {first}", end.received)]


def _left_over(end: Version) -> list[Breach]:
    status = end.object.get("status", {})
    left = [f"{status[one]} {one}" for one in ("active", "ready", "terminating") if status.get(one)]
    return [Breach(f"it ended with pods {', '.join(left)}", end.received)] if left else []


def _first_version(history: History, uid: str, kind: str) -> Version | None:
    return next((one for one in history.of("Job") if one.uid == uid and one.type != "DELETED" and _is(one.object, kind)), None)


def _is(job: Object, kind: str) -> bool:
    return bool(condition(job, kind).get("status") == "True")


def _phase(pod: Object) -> str:
    return str(pod.get("status", {}).get("phase", ""))
