"""pod-graceful-termination: a deleted pod has its grace period to end, and goes when its containers have ended."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ...history.model import History, Object
from ...objects.availability import WHOLE_SECONDS
from ...objects.containers import KILLED, end_of_run, running_containers, stamp, statuses
from ...objects.pods import deletion, finished
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

# What the kubelet grants at least after a preStop hook has used up the grace period, and the whole second that times are cut to.
SLACK = timedelta(seconds=2) + WHOLE_SECONDS


def check_termination(history: History, uid: str, grace_seconds: int | None, pre_stop: float | None) -> Finding:
    """Every container ended by itself within the grace period, none before its preStop hook was over, and only then the pod went."""
    pod = history.seen("Pod")[uid]
    own = int(pod["spec"].get("terminationGracePeriodSeconds", 30))
    asked = [f"expected: a grace period of {grace_seconds} s"] if grace_seconds is not None else []
    asked += [f"expected: {pre_stop:g} s of preStop"] if pre_stop is not None else []

    def found(**parts: Any) -> Finding:
        terms = (f"terminationGracePeriodSeconds {own}", *asked)
        return Finding(CATALOGUE["pod-graceful-termination"], f"Pod {pod['metadata']['name']}", terms, **parts)

    gone = deletion(history, uid)
    if gone is None:
        return found(vacuous="the pod was not deleted in the block", change="delete() it in the block")
    before = _before(history, uid)
    if before is None or finished(before) or not running_containers(before):
        return found(
            vacuous="no container of it ran when it was deleted, so there was nothing to end", change="wait_ready() before the block"
        )
    grace = int(gone.object["metadata"].get("deletionGracePeriodSeconds", 0))
    # Not the last version's: the kubelet's own deletion, with no grace when all containers have ended, moves it.
    deadline = stamp(gone.object["metadata"].get("deletionTimestamp")) or gone.received
    asked_at = deadline - timedelta(seconds=grace)
    left = running_containers(pod) if uid not in history.objects("Pod") else []
    if grace == 0 or left:
        lines = tuple(f"{one}  was running when the pod's object went" for one in left)
        return found(
            breaches=(Breach("the pod's object went without waiting for its containers", gone.received, lines=lines),),
            cause="it was deleted by force (a grace period of 0)",
            change="the deletion: without grace_seconds=0",
            trigger=gone.received,
        )
    hooked = [str(one["name"]) for one in pod["spec"]["containers"] if "preStop" in (one.get("lifecycle") or {})]
    if pre_stop is not None and (pre_stop < 2 or not hooked):
        why = "times are in whole seconds, so a hook of less than 2 s cannot be seen" if hooked else "no container has a preStop hook"
        return found(vacuous=why, change="spec.containers[].lifecycle.preStop, and pre_stop=: 2 or more")
    ends = {
        name: end
        for name, one in statuses(pod).items()
        if name in running_containers(before) and (end := end_of_run(one)) and end.get("finishedAt")
    }
    breaches = [*_ends(ends, hooked, pre_stop, asked_at, deadline)]
    if grace_seconds is not None and grace != grace_seconds:
        breaches.insert(0, Breach(f"its grace period was {grace} s"))
    cause, change = _why(breaches, own, grace_seconds)
    return found(
        breaches=tuple(breaches),
        cause=cause,
        change=change,
        trigger=gone.received,
        evidence={
            "grace_seconds": grace,
            "seconds": max(((_at(end) - asked_at).total_seconds() for end in ends.values()), default=0.0),
            "exit_codes": {name: int(end["exitCode"]) for name, end in ends.items()},
        },
    )


def _before(history: History, uid: str) -> Object | None:
    """The pod as it was before it began to go."""
    last = history.before("Pod").get(uid)
    for version in history.of("Pod"):
        if version.uid == uid:
            if version.type == "DELETED" or version.object["metadata"].get("deletionTimestamp"):
                return last
            last = version.object
    return last


def _ends(
    ends: Mapping[str, Mapping[str, Any]], hooked: Collection[str], pre_stop: float | None, asked_at: datetime, deadline: datetime
) -> Iterator[Breach]:
    """What is wrong with the ends of the containers that ran."""
    for name, end in ends.items():
        at = _at(end)
        if end.get("exitCode") == KILLED and end.get("reason") != "OOMKilled":
            yield Breach(
                f"container {name} had to be killed: it did not end within its grace period", lines=(f"{name}  exit code {KILLED}",)
            )
        elif at > deadline + SLACK:
            yield Breach(f"container {name} ended {(at - deadline).total_seconds():g} s after its grace period")
        if pre_stop is not None and name in hooked and at < asked_at + timedelta(seconds=pre_stop) - WHOLE_SECONDS:
            took = (at - asked_at).total_seconds()
            yield Breach(f"container {name} ended {took:g} s after the deletion: its preStop hook had no {pre_stop:g} s")


def _at(end: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(end["finishedAt"]).replace("Z", "+00:00"))


def _why(breaches: list[Breach], own: int, grace_seconds: int | None) -> tuple[str, str]:
    if not breaches:
        return "", ""
    if "killed" in breaches[-1].what:
        return (
            "its program does not end on SIGTERM in time (a shell as the first process ignores it, unless it has a trap)",
            f"the container's program: end on SIGTERM; or spec.terminationGracePeriodSeconds: longer (now {own})",
        )
    if "after its grace period" in breaches[-1].what:
        return (
            "nobody killed it when its grace period was over, which is the kubelet's work",
            "what keeps the node's kubelet from its work at that time",
        )
    if "preStop" in breaches[-1].what:
        return "the hook failed, or is shorter", "spec.containers[].lifecycle.preStop: one that takes so long"
    wanted = grace_seconds if grace_seconds is not None else own
    return (
        "the pod, or the deletion, names another one",
        f"spec.terminationGracePeriodSeconds: {wanted} (now {own}), or grace_seconds of the deletion",
    )
