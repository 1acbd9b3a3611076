"""pod-init-order: init containers run one by one to their end, and only then the pod's own containers start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from ...history.model import History, Object
from ...objects.containers import begun, container_state, end_of_run, mains, ordinary_inits, statuses, versions
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

Status = Mapping[str, Any]

_AGAIN = "it was initialized, and is no longer"


def check_init_order(history: History, uid: str) -> Finding:
    """In every version of the pod nothing had begun while an earlier init container was unfinished; by their times neither."""
    pod = history.seen("Pod")[uid]
    inits = ordinary_inits(pod)
    terms = (f"init containers: {', '.join(inits) or 'none'}", f"restartPolicy {pod['spec'].get('restartPolicy', 'Always')}")

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["pod-init-order"], f"Pod {pod['metadata']['name']}", terms, **parts)

    if uid in history.before("Pod"):
        return found(vacuous="the pod was there before the block, so its start was not seen", change="apply it in the block")
    if not inits:
        return found(
            vacuous="it has no init container that ends, so there is no order (one with restartPolicy Always is a sidecar)",
            change="spec.initContainers: one that does its work and ends, without a restartPolicy",
        )
    now = statuses(pod)
    breaches = [*_early(history, uid, inits), *_times(now, [*inits], mains(pod))]
    cause, change = _why(breaches[0]) if breaches else ("", "")
    return found(
        breaches=tuple(breaches[:1]),  # what follows the first is its consequence
        cause=cause,
        change=change,
        trigger=history.started,
        evidence={
            "order": tuple(sorted((one for one in inits if _started(now.get(one, {}))), key=lambda one: _started(now[one]))),
            "attempts": {one: int(now.get(one, {}).get("restartCount", 0)) + 1 for one in inits if begun(now.get(one, {}))},
            "started": tuple(one for one in mains(pod) if begun(now.get(one, {}))),
        },
    )


def _early(history: History, uid: str, inits: list[str]) -> Iterator[Breach]:
    """The versions in which a container had begun although one before it was unfinished, and those in which Initialized fell back."""
    initialized = False
    for pod, version in versions(history, uid):
        every, at = statuses(pod), version.received if version else history.started
        was, initialized = initialized, condition(pod, "Initialized").get("status") == "True"
        if was and not initialized:
            yield Breach(_AGAIN, at, lines=_lines(every, inits, pod))
        if was or initialized:
            continue
        unfinished = next((one for one in inits if not _done(every.get(one, {}))), None)
        if unfinished is None:
            continue
        later = [*inits[inits.index(unfinished) + 1 :], *mains(pod)]
        for one in later:
            if begun(every.get(one, {})):
                yield Breach(f"{one} had started before {unfinished} was done", at, lines=_lines(every, inits, pod))


def _times(now: Mapping[str, Status], inits: list[str], containers: list[str]) -> Iterator[Breach]:
    """By the node's own times, in whole seconds: none started before the one before it had ended."""
    for one, other in [*pairwise(inits), *((inits[-1], main) for main in containers)]:
        end = end_of_run(now.get(one, {})) or {}
        start = _started(now.get(other, {}))
        if start and end.get("finishedAt") and start < str(end["finishedAt"]) and not now[other].get("restartCount"):
            yield Breach(f"{other} started at {start}, before {one} ended at {end['finishedAt']}")


def _why(breach: Breach) -> tuple[str, str]:
    if breach.what == _AGAIN:
        return (
            "its node says so when all its containers are made anew, as after a restart of the node; nobody else should",
            "what writes the pod's status, or what restarts its node, in the block",
        )
    return "the node starts nothing before the init containers have ended with exit code 0", (
        "what runs this pod: see its node's kubelet and runtime"
    )


def _done(status: Status) -> bool:
    end = end_of_run(status)
    return end is not None and end.get("exitCode") == 0


def _started(status: Status) -> str:
    state = status.get("state") or {}
    return str((state.get("running") or state.get("terminated") or {}).get("startedAt") or "")


def _lines(every: Mapping[str, Status], inits: list[str], pod: Object) -> tuple[str, ...]:
    return tuple(f"{one}  {container_state(every.get(one, {}))}" for one in [*inits, *mains(pod)])
