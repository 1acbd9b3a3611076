"""pod-sidecar-order: a sidecar has started before what comes after it, and ends after the pod's own containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...history.model import History
from ...objects.containers import begun, container_state, end_of_run, mains, sidecars, stamp, statuses, versions
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging

_EARLY = Advice(
    "its node started a container before the sidecar ahead of it had started",
    check="the node's kubelet and container runtime",
)
_OUT_OF_ORDER = Advice(
    "a preStop hook or the sidecar itself ended it: the hooks of all containers run at once",
    change="spec.initContainers[].lifecycle.preStop: none that ends the sidecar",
    check="whether the sidecar's program ends on SIGTERM only",
)


def check_sidecar_order(history: History, uid: str) -> Finding:
    """What the window shows of the pod's start and of its end: each in the sidecars' order, the end in reverse."""
    pod = history.seen("Pod")[uid]
    beside, own, now = sidecars(pod), mains(pod), statuses(pod)
    terms = (f"sidecars: {', '.join(beside) or 'none'}", f"containers: {', '.join(own)}")
    judging = Judging.of(CATALOGUE["pod-sidecar-order"], pod, *terms, trigger=history.started)
    if not beside:
        return judging.vacuous(
            "the pod has no sidecar, and containers beside each other have no order",
            change="spec.initContainers[].restartPolicy: Always, for the container that serves the others",
        )
    ends = {one: str(end.get("finishedAt", "")) for one in (*beside, *own) if (end := end_of_run(now.get(one, {}))) is not None}
    started, stopped = uid not in history.before("Pod") and bool(now), len(ends) == len(beside) + len(own)
    if not started and not stopped:
        return judging.vacuous(
            "the window shows neither the start nor the end of the pod's containers",
            do="apply the pod in the block, or delete it there without grace_seconds=0",
        )
    early, late = [*(_early(history, uid) if started else ())], [*(_out_of_order(ends, beside, own) if stopped else ())]
    return judging.found(
        (*early, *late),
        **(_EARLY if early else _OUT_OF_ORDER)._asdict(),
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


def _out_of_order(ends: Mapping[str, str], beside: list[str], own: list[str]) -> Iterator[Breach]:
    """By the node's times, in whole seconds (so equal is in order): first the pod's own containers, then the sidecars from the last."""
    order = [*sorted(own, key=lambda one: ends[one])[-1:], *reversed(beside)]
    for n, one in enumerate(order):
        for later in order[n + 1 :]:
            first, second = stamp(ends[one]), stamp(ends[later])
            if first is not None and second is not None and second < first:
                seconds = (first - second).total_seconds()
                yield Breach(f"{later} ended {seconds:g} s before {one}", lines=(f"{later}  at {ends[later]}", f"{one}  at {ends[one]}"))
