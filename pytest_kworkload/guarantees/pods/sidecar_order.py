"""pod-sidecar-order: a sidecar has started before what comes after it, and ends after the pod's own containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...history.model import History
from ...objects.containers import begun, container_state, end_of_run, mains, sidecars, stamp, statuses, versions
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_sidecar_order(history: History, uid: str) -> Finding:
    """What the window shows of the pod's start and of its end: each in the sidecars' order, the end in reverse."""
    pod = history.seen("Pod")[uid]
    beside = sidecars(pod)
    terms = (f"sidecars: {', '.join(beside) or 'none'}", f"containers: {', '.join(mains(pod))}")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["pod-sidecar-order"], f"Pod {pod['metadata']['name']}", terms, **parts)

    if not beside:
        return found(
            vacuous="it has no sidecar; a container beside the others has no order",
            change="spec.initContainers[].restartPolicy: Always, for the container that serves the others",
        )
    now = statuses(pod)
    ends = {one: str(end.get("finishedAt", "")) for one in (*beside, *mains(pod)) if (end := end_of_run(now.get(one, {}))) is not None}
    started, stopped = uid not in history.before("Pod") and bool(now), len(ends) == len(beside) + len(mains(pod))
    if not started and not stopped:
        return found(
            vacuous="the window shows neither the start nor the end of the pod's containers",
            change="apply the pod in the block, or delete it there without grace_seconds=0",
        )
    early, late = [*(_early(history, uid) if started else ())], [*(_order(ends, beside, mains(pod)) if stopped else ())]
    cause, change = _why(bool(early)) if early or late else ("", "")
    return found(
        breaches=(*early, *late),
        cause=cause,
        change=change,
        trigger=history.started,
        evidence={"started": started, "stopped": stopped, "ends": ends},
    )


def _early(history: History, uid: str) -> Iterator[Breach]:
    """The first version in which a container had begun before a sidecar ahead of it had started."""
    ready: set[str] = set()
    for pod, version in versions(history, uid):
        every = statuses(pod)
        ready |= {one for one in sidecars(pod) if every.get(one, {}).get("started")}
        names = [str(one["name"]) for one in pod["spec"].get("initContainers") or ()] + mains(pod)
        for one in sidecars(pod):
            after = [other for other in names[names.index(one) + 1 :] if begun(every.get(other, {}))]
            if one not in ready and after:
                lines = tuple(f"{other}  {container_state(every.get(other, {}))}" for other in (one, *after))
                yield Breach(f"{after[0]} had begun before {one} had started", version.received if version else None, lines=lines)
                return


def _order(ends: Mapping[str, str], beside: list[str], own: list[str]) -> Iterator[Breach]:
    """By the node's times, in whole seconds (so equal is in order): first the pod's own containers, then the sidecars from the last."""
    order = [*sorted(own, key=lambda one: ends[one])[-1:], *reversed(beside)]
    for n, one in enumerate(order):
        for later in order[n + 1 :]:
            first, second = stamp(ends[one]), stamp(ends[later])
            if first is not None and second is not None and second < first:
                seconds = (first - second).total_seconds()
                yield Breach(f"{later} ended {seconds:g} s before {one}", lines=(f"{later}  at {ends[later]}", f"{one}  at {ends[one]}"))


def _why(early: bool) -> tuple[str, str]:
    if early:
        return "the node starts what comes after a sidecar when that one has started", "what runs this pod: see its node's kubelet"
    return (
        "a preStop hook or the sidecar itself ends it: hooks of all containers run at once",
        "spec.initContainers[].lifecycle.preStop, and the sidecar's program: end on SIGTERM only",
    )
