"""pod-graceful-termination: a deleted pod gets its grace period to shut down, and goes only when its containers have ended."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ...history.model import History, Object
from ...objects.availability import WHOLE_SECONDS
from ...objects.containers import KILLED, end_of_run, running_containers, stamp, statuses
from ...objects.pods import deletion, finished, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import READY_BEFORE, not_deleted

# What the kubelet grants at least when a preStop hook has used up the grace period, and the whole second that times are cut to.
SLACK = timedelta(seconds=2) + WHOLE_SECONDS


def check_graceful_termination(history: History, uid: str, grace_seconds: int | None, pre_stop: float | None) -> Finding:
    """Every container ended by itself within the grace period, none before its preStop hook was over, and only then the pod went."""
    pod, gone = history.seen("Pod")[uid], deletion(history, uid)
    own = int(pod["spec"].get("terminationGracePeriodSeconds", 30))
    expected = [f"expected: a grace period of {grace_seconds} s"] if grace_seconds is not None else []
    expected += [f"expected: {pre_stop:g} s of preStop"] if pre_stop is not None else []
    terms = (f"terminationGracePeriodSeconds {own}", *expected)
    judging = Judging.of(CATALOGUE["pod-graceful-termination"], pod, *terms, trigger=gone.received if gone else None)
    if gone is None:
        return judging.vacuous(*not_deleted("the pod", "nothing had to end"))
    before = _before(history, uid)
    if before is None or finished(before) or not running_containers(before):
        return judging.vacuous("no container of the pod ran when it was deleted, so nothing had to end", do=READY_BEFORE)
    grace = int(gone.object["metadata"].get("deletionGracePeriodSeconds", 0))
    # Not the last version's: the kubelet's own deletion, with no grace when all containers have ended, moves it.
    deadline = stamp(gone.object["metadata"].get("deletionTimestamp")) or gone.received
    asked_at = deadline - timedelta(seconds=grace)
    left = running_containers(pod) if uid not in history.objects("Pod") else []
    if grace == 0 or left:
        lines = tuple(f"{one}  was running when the pod's object went" for one in left)
        return judging.found(
            (Breach("the pod's object went without waiting for its containers", gone.received, lines=lines),),
            cause="it was deleted by force (a grace period of 0)",
            check="what deletes it by force: the block should delete() it without grace_seconds=0",
        )
    hooked = [str(one["name"]) for one in pod["spec"]["containers"] if "preStop" in (one.get("lifecycle") or {})]
    if pre_stop is not None and not hooked:
        return judging.vacuous("no container has a preStop hook", change=_hook(pre_stop))
    if pre_stop is not None and pre_stop < 2:
        why = "times are in whole seconds, so a hook of less than 2 s cannot be seen"
        return judging.vacuous(why, change=_hook(2), do="expect it, with pre_stop=2 or more")
    ends = {
        name: end
        for name, one in statuses(pod).items()
        if name in running_containers(before) and (end := end_of_run(one)) and end.get("finishedAt")
    }
    breaches = [*_late_or_early(ends, hooked, pre_stop, asked_at, deadline)]
    if grace_seconds is not None and grace != grace_seconds:
        breaches.insert(0, Breach(f"its grace period was {grace} s"))
    advice = _advice(breaches[-1].what, own, grace_seconds, pre_stop) if breaches else Advice()
    return judging.found(
        breaches,
        **advice._asdict(),
        evidence={
            "grace_seconds": grace,
            "seconds": max(((_ended_at(end) - asked_at).total_seconds() for end in ends.values()), default=0.0),
            "exit_codes": {name: int(end["exitCode"]) for name, end in ends.items()},
        },
    )


def _before(history: History, uid: str) -> Object | None:
    """The pod as it was before it began to go."""
    last = history.before("Pod").get(uid)
    for version in history.of("Pod"):
        if version.uid == uid:
            if version.type == "DELETED" or terminating(version.object):
                return last
            last = version.object
    return last


def _late_or_early(
    ends: Mapping[str, Mapping[str, Any]], hooked: Collection[str], pre_stop: float | None, asked_at: datetime, deadline: datetime
) -> Iterator[Breach]:
    """The containers that had to be killed, or ended too late, or before their hook was over."""
    for name, end in ends.items():
        at = _ended_at(end)
        if end.get("exitCode") == KILLED and end.get("reason") != "OOMKilled":
            yield Breach(
                f"container {name} had to be killed: it did not end within its grace period", lines=(f"{name}  exit code {KILLED}",)
            )
        elif at > deadline + SLACK:
            yield Breach(f"container {name} ended {(at - deadline).total_seconds():g} s after its grace period")
        if pre_stop is not None and name in hooked and at < asked_at + timedelta(seconds=pre_stop) - WHOLE_SECONDS:
            took = (at - asked_at).total_seconds()
            yield Breach(f"container {name} ended {took:g} s after the deletion: its preStop hook had no {pre_stop:g} s")


def _ended_at(end: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(end["finishedAt"]).replace("Z", "+00:00"))


def _advice(broke: str, own: int, grace_seconds: int | None, pre_stop: float | None) -> Advice:
    """What to do about the last breach."""
    if "killed" in broke:
        return Advice(
            "its program does not end on SIGTERM in time (a shell as the first process ignores it, unless it has a trap)",
            f"spec.terminationGracePeriodSeconds: more than {own} (now {own}), if the program needs longer",
            "whether the container's program ends on SIGTERM",
        )
    if "after its grace period" in broke:
        return Advice(
            "nobody killed it when its grace period was over, which is the kubelet's task",
            "",
            "what kept the node's kubelet from its work at that time",
        )
    if "preStop" in broke:
        return Advice("the hook failed, or is shorter", _hook(pre_stop or 0), "whether the hook's command succeeds in the container")
    return Advice(
        "the pod, or the deletion, names another one",
        f"spec.terminationGracePeriodSeconds: {grace_seconds} (now {own})" if grace_seconds != own else "",
        "whether the deletion has a grace_seconds of its own",
    )


def _hook(seconds: float) -> str:
    return f"spec.containers[].lifecycle.preStop: one that takes {seconds:g} s or more"
