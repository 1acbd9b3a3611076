"""job-pod-replacement: whether the pod that takes the place of another one waits until that has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from ...history.model import History, Object, Version
from ...objects.pods import controlled_by, finished, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from .outcome import given_up, widest

Policy = Literal["TerminatingOrFailed", "Failed"]
FIELD = "spec.podReplacementPolicy"

# The controller gathers changes for a second: of a pod that ends sooner than this nobody can tell whether it was waited for.
TELLING = timedelta(seconds=2)
TRIGGER = "delete a pod in the block, or suspend the Job and let it go on"


def check_replacement(history: History, uid: str, policy: Policy) -> Finding:
    """Hold each pod that was created in the window against those of the Job that were terminating then."""
    job = history.seen("Job")[uid]
    now = str(job["spec"].get("podReplacementPolicy", "TerminatingOrFailed"))
    course = _course(history, uid)

    def found(**parts: Any) -> Finding:
        terms = (f"must be: {policy}", f"terminating pods: {len(course.ended)}")
        return Finding(CATALOGUE["job-pod-replacement"], f"Job {job['metadata']['name']}", terms, trigger=history.started, **parts)

    change = f"{FIELD}: {policy} (now {now})"
    if policy == "Failed" and course.early:
        breaches = [Breach(f"{one.name} was created while {', '.join(old)} was terminating", one.received) for one, old in course.early]
        return found(breaches=tuple(breaches), change=change if now != policy else "who else makes pods for this Job")
    if not course.ended:
        return found(vacuous="no pod of the Job was terminating in the block", change=TRIGGER)
    if not course.early and not course.late:
        return found(vacuous="no pod was created in the place of another one", change="spec.backoffLimit, or a longer timeout")
    if policy == "TerminatingOrFailed" and not course.early:
        first = course.late[0]
        if now != policy:
            return found(breaches=(Breach(f"{first.name} was created only when the pod before had ended", first.received),), change=change)
        return found(
            vacuous="the pod before had ended when the new one was due: after a failure that is 10 s and more",
            change="spec.template: a program that takes longer to end",
        )
    longest = max(course.ended.values())
    if policy == "Failed" and longest < TELLING:
        return found(
            vacuous=f"it took {longest.total_seconds():.1f} s to end, too short to tell whether it was waited for",
            change=f"spec.template: a program that takes longer to end than {TELLING.total_seconds():g} s",
        )
    if policy == "Failed" and now != policy:
        return found(vacuous="nothing but a back-off made the new pod wait", change=change)
    came = [one for one, _ in course.early] if policy == "TerminatingOrFailed" else course.late
    return found(evidence={"ended": tuple(sorted(course.ended)), "replacements": tuple(one.name for one in came)})


def replaced(history: History, uid: str) -> bool:
    """Whether a pod came in the place of a terminating one, and none is terminating any more."""
    mine = controlled_by({uid})
    course = _course(history, uid)
    return bool(course.early or course.late) and not any(mine(pod) and terminating(pod) for pod in history.objects("Pod").values())


def terminated(history: History, uid: str) -> bool:
    """Whether a pod of the Job began to go in the window, or was going when it began."""
    return bool(_course(history, uid).ended)


@dataclass
class _Course:
    """The pods that were terminating, by name, with how long they took; those that were created beside one, and after one."""

    ended: dict[str, timedelta] = field(default_factory=dict)
    early: list[tuple[Version, tuple[str, ...]]] = field(default_factory=list)
    late: list[Version] = field(default_factory=list)


def _course(history: History, uid: str) -> _Course:
    mine, job, course = controlled_by({uid}), history.seen("Job")[uid], _Course()
    pods = {one: pod for one, pod in history.before("Pod").items() if mine(pod)}
    since: dict[str, datetime] = {one: history.started for one, pod in pods.items() if _going(pod)}
    done = {one for one, pod in pods.items() if _succeeded(pod)}
    lost = {one for one, pod in pods.items() if given_up(pod, job)}
    for version in history.of("Pod"):
        pod = version.object
        if not mine(pod):
            continue
        if version.type == "ADDED":
            ending = tuple(sorted(str(one["metadata"]["name"]) for one in pods.values() if _going(one)))
            active = 1 + sum(not finished(one) and not terminating(one) for one in pods.values())
            if ending and active + len(ending) > _room(history, uid, len(done)):
                course.early.append((version, ending))
            elif course.ended:
                course.late.append(version)
        pods[version.uid] = pod
        if given_up(pod, job):
            lost.add(version.uid)
        if _succeeded(pod) and version.uid not in lost:
            done.add(version.uid)
        if version.type != "DELETED" and _going(pod):
            since.setdefault(version.uid, version.received)
        elif version.uid in since:
            course.ended[version.name] = version.received - since.pop(version.uid)
        if version.type == "DELETED":
            del pods[version.uid]
        for one, at in since.items():
            course.ended[str(pods[one]["metadata"]["name"])] = version.received - at
    return course


def _room(history: History, uid: str, succeeded: int) -> int:
    """How many pods the Job may have at work."""
    wide = widest(history, uid)
    completions = history.seen("Job")[uid]["spec"].get("completions")
    return wide if completions is None else min(wide, int(completions) - succeeded)


def _going(pod: Object) -> bool:
    return terminating(pod) and not finished(pod)


def _succeeded(pod: Object) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Succeeded")
