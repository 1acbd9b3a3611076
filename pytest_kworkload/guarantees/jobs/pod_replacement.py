"""job-pod-replacement: whether the pod that takes the place of another one waits until that one has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ...history.model import History, Object, Version
from ...objects.pods import controlled_by, finished, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from .outcome import counts_as_failed, highest_parallelism

Policy = Literal["TerminatingOrFailed", "Failed"]

# The controller gathers changes for a second: if a pod ends sooner than this, nobody can tell whether the new one waited for it.
_TELLING = timedelta(seconds=2)


def check_pod_replacement(history: History, uid: str, policy: Policy) -> Finding:
    """Hold each pod that was created in the window against those of the Job that were terminating then."""
    job, course = history.seen("Job")[uid], _course(history, uid)
    now = str(job["spec"].get("podReplacementPolicy", "TerminatingOrFailed"))
    terms = (f"must be: {policy}", f"terminating pods: {len(course.ended)}")
    judging = Judging.of(CATALOGUE["job-pod-replacement"], job, *terms, trigger=history.started)
    other_policy = f"spec.podReplacementPolicy: {policy} (now {now})" if now != policy else ""
    if policy == "Failed" and course.early:
        return judging.found(
            (Breach(f"{one.name} was created while {', '.join(old)} was terminating", one.received) for one, old in course.early),
            change=other_policy,
            check="" if other_policy else "what, other than its controller, makes pods for this Job",
        )
    if not course.ended:
        return judging.vacuous(
            "no pod of the Job was terminating in the block", do="delete a pod in the block, or suspend and resume the Job"
        )
    if not course.early and not course.late:
        return judging.vacuous(
            "no pod was created in the place of another one",
            change=f"spec.backoffLimit: more, so that the Job goes on (now {job['spec'].get('backoffLimit', 6)})",
            do="wait longer, with timeout=",
        )
    if policy == "TerminatingOrFailed" and not course.early:
        first = course.late[0]
        if other_policy:
            late = Breach(f"{first.name} was created only when the pod before had ended", first.received)
            return judging.found((late,), change=other_policy)
        return judging.vacuous(
            "the pod before had ended when the new one was due: after a failure that is 10 s and more",
            change="spec.template: a program that takes longer to end",
        )
    longest = max(course.ended.values())
    if policy == "Failed" and longest < _TELLING:
        return judging.vacuous(
            f"it took {longest.total_seconds():.1f} s to end, too short to tell whether the new pod waited for that",
            change=f"spec.template: a program that takes longer to end than {_TELLING.total_seconds():g} s",
        )
    if policy == "Failed" and other_policy:
        return judging.vacuous("nothing but a back-off made the new pod wait", change=other_policy)
    came = [one for one, _ in course.early] if policy == "TerminatingOrFailed" else course.late
    return judging.found(evidence={"ended": tuple(sorted(course.ended)), "replacements": tuple(one.name for one in came)})


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
    lost = {one for one, pod in pods.items() if counts_as_failed(pod, job)}
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
        if counts_as_failed(pod, job):
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
    wide = highest_parallelism(history, uid)
    completions = history.seen("Job")[uid]["spec"].get("completions")
    return wide if completions is None else min(wide, int(completions) - succeeded)


def _going(pod: Object) -> bool:
    return terminating(pod) and not finished(pod)


def _succeeded(pod: Object) -> bool:
    return bool(pod.get("status", {}).get("phase") == "Succeeded")
