"""job-completions, job-failure: how a Job ends, and with how many pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ...history.model import History, Object, Version
from ...objects.pods import controlled_by, finished, terminating
from ...objects.readiness import condition, pod_trouble
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

INDEX = "batch.kubernetes.io/job-completion-index"


def over(history: History, uid: str) -> bool:
    """Whether the Job is Complete or Failed."""
    job = history.objects("Job").get(uid)
    return job is not None and any(_is(job, kind) for kind in ("Complete", "Failed"))


def check_completes(history: History, uid: str, completions: int | None, parallelism: int | None) -> Finding:
    """It completes with so many pods that succeeded, never with more at a time than it may have or still needs."""
    job = history.seen("Job")[uid]
    spec, status = job["spec"], job.get("status", {})
    many, wide = int(spec.get("completions") or 0), widest(history, uid)
    asked, at_once = completions if completions is not None else many, parallelism if parallelism is not None else wide

    def found(**parts: Any) -> Finding:
        terms = (f"{asked or 'any'} completions", f"at most {at_once} at a time")
        return Finding(CATALOGUE["job-completions"], f"Job {job['metadata']['name']}", terms, trigger=history.started, **parts)

    was = history.before("Job").get(uid)
    if was is not None and _is(was, "Complete"):
        return found(vacuous="it was complete before the block", change="create the Job in the block")
    if many != asked:
        return found(breaches=(Breach(f"spec.completions is {many or 'not set'}"),), change=f"spec.completions: {asked} (now {many})")
    crowd = next(_crowds(history, uid, many, at_once), None)
    if crowd is not None:
        change = f"spec.parallelism: {at_once} (now {wide})" if wide > at_once else "who else makes pods for this Job"
        return found(breaches=(crowd,), change=change)
    if _is(job, "Failed"):
        lines = tuple(sorted(f"{pod['metadata']['name']}  {pod_trouble(pod)}" for pod in _mine(history, uid) if _failed(pod)))
        why = condition(job, "Failed")
        breach = Breach(f"it failed: {why.get('reason')}: {why.get('message')}", lines=lines[:5])
        return found(breaches=(breach,), change=f"the program, or spec.backoffLimit (now {spec.get('backoffLimit', 6)})")
    end = _first(history, uid, "Complete")
    if end is None:
        return found(vacuous="it is not complete", change="a longer timeout, or a program that ends")
    wrong = tuple(_unfinished(history, uid, end, many))
    evidence = {"succeeded": int(status.get("succeeded", 0)), "highest_active": _highest(history, uid), "pods": len(_mine(history, uid))}
    return found(breaches=wrong, change="who writes the Job's status" if wrong else "", evidence=evidence)


def check_fails(history: History, uid: str, reason: str, pods: int | None) -> Finding:
    """It fails for this reason, after as many pods as its backoffLimit allows, and leaves none at work."""
    job = history.seen("Job")[uid]
    spec, limit = job["spec"], int(job["spec"].get("backoffLimit", 6))
    made = _mine(history, uid)
    if pods is None and reason == "BackoffLimitExceeded" and _fails_one_by_one(spec):
        pods = limit + 1

    def found(**parts: Any) -> Finding:
        terms = (f"must fail: {reason}", *([f"after {pods} pods"] if pods is not None else []))
        return Finding(CATALOGUE["job-failure"], f"Job {job['metadata']['name']}", terms, trigger=history.started, **parts)

    was = history.before("Job").get(uid)
    if was is not None and _is(was, "Failed"):
        return found(vacuous="it had failed before the block", change="create the Job in the block")
    if _is(job, "Complete"):
        return found(breaches=(Breach("it completed"),), change="the program: let it fail where the test means it to")
    end = _first(history, uid, "Failed")
    if end is None:
        return found(vacuous="it has not failed", change="a longer timeout, a lower spec.backoffLimit, or spec.activeDeadlineSeconds")
    why, breaches, change = condition(end.object, "Failed"), [], ""
    if why.get("reason") != reason:
        breaches.append(Breach(f"it failed for another reason: {why.get('reason')}: {why.get('message')}", end.received))
        change = {"BackoffLimitExceeded": f"spec.backoffLimit (now {limit})", "DeadlineExceeded": "spec.activeDeadlineSeconds"}.get(
            str(why.get("reason")), "what the reason names"
        )
    elif pods is not None and len(made) != pods:
        breaches.append(Breach(f"{len(made)} pods were made", lines=tuple(sorted(str(pod["metadata"]["name"]) for pod in made))[:5]))
        right = pods == limit + 1
        change = "who else makes pods for this Job, or writes its status" if right else f"spec.backoffLimit: {pods - 1} (now {limit})"
    if not breaches:
        breaches += _order(end, "FailureTarget") + _left(end)
        change = "who writes the Job's status" if breaches else ""
    return found(breaches=tuple(breaches), change=change, evidence={"reason": why.get("reason"), "pods": len(made)})


def widest(history: History, uid: str) -> int:
    """The largest parallelism that the Job had in the window: its pods may be from that time."""
    return max(int(one["spec"].get("parallelism", 1)) for one in history.versions_of("Job", uid))


def given_up(pod: Object, job: Object) -> bool:
    """Whether the controller counts a pod as failed although it has not ended: then it is no success either, however it ends."""
    waits = job["spec"].get("podReplacementPolicy") == "Failed"
    return not waits and terminating(pod) and not finished(pod)


def _fails_one_by_one(spec: Mapping[str, Any]) -> bool:
    """Whether each pod of a Job that failed has counted as a failure, and none was made beside the last one."""
    alone = spec.get("parallelism", 1) == 1 and spec.get("completions") in (None, 1)  # a pod that succeeds completes it
    counted = not spec.keys() & {"podFailurePolicy", "backoffLimitPerIndex"}
    return alone and counted and spec["template"]["spec"].get("restartPolicy") == "Never"


def _mine(history: History, uid: str) -> list[Object]:
    mine = controlled_by({uid})
    return [pod for pod in history.seen("Pod").values() if mine(pod)]


def _states(history: History, uid: str) -> Iterator[tuple[datetime, list[str], int]]:
    """After each change: when, the active pods, and how many have succeeded so far."""
    mine, job = controlled_by({uid}), history.seen("Job")[uid]
    lost, done = set[str](), set[str]()
    for state in history.states("Pod"):
        pods = {one: pod for one, pod in state.objects.items() if mine(pod)}
        lost |= {one for one, pod in pods.items() if given_up(pod, job)}
        done |= {one for one, pod in pods.items() if pod.get("status", {}).get("phase") == "Succeeded"} - lost
        active = sorted(str(pod["metadata"]["name"]) for pod in pods.values() if not finished(pod) and not terminating(pod))
        yield state.moment, active, len(done)


def _highest(history: History, uid: str) -> int:
    return max(len(active) for _, active, _ in _states(history, uid))


def _crowds(history: History, uid: str, completions: int, parallelism: int) -> Iterator[Breach]:
    for at, active, done in _states(history, uid):
        if len(active) > parallelism:
            yield Breach(f"{len(active)} pods were active at a time", at, lines=tuple(active))
        elif completions and active and len(active) + done > completions:
            yield Breach(f"{len(active)} pods were active when {completions - done} more were needed", at, lines=tuple(active))


def _unfinished(history: History, uid: str, end: Version, completions: int) -> Iterator[Breach]:
    """What is wrong with a Job that says it is complete."""
    yield from _order(end, "SuccessCriteriaMet")
    yield from _left(end)
    job, succeeded = end.object, [pod for pod in _mine(history, uid) if pod.get("status", {}).get("phase") == "Succeeded"]
    early = "successPolicy" in job["spec"]  # then it may be complete with fewer
    told = int(job["status"].get("succeeded", 0))
    if completions and not early and told != completions:
        yield Breach(f"it is complete with {told} pods that succeeded", end.received)
    if job["spec"].get("completionMode") == "Indexed" and not early:
        there = {str((pod["metadata"].get("annotations") or {}).get(INDEX)) for pod in succeeded}
        missing = [str(index) for index in range(completions) if str(index) not in there]
        if missing:
            yield Breach(f"no pod of index {', '.join(missing)} succeeded", end.received)


def _order(end: Version, first: str) -> list[Breach]:
    """The condition that must come before the last one, or with it."""
    return [] if _is(end.object, first) else [Breach(f"it ended without the condition {first}", end.received)]


def _left(end: Version) -> list[Breach]:
    status = end.object.get("status", {})
    left = [f"{status[one]} {one}" for one in ("active", "ready", "terminating") if status.get(one)]
    return [Breach(f"it ended with pods {', '.join(left)}", end.received)] if left else []


def _first(history: History, uid: str, kind: str) -> Version | None:
    return next((one for one in history.of("Job") if one.uid == uid and one.type != "DELETED" and _is(one.object, kind)), None)


def _is(job: Object, kind: str) -> bool:
    return bool(condition(job, kind).get("status") == "True")


def _failed(pod: Object) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Failed")
