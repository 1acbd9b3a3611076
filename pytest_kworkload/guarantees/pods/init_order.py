"""pod-init-order: init containers run one at a time, and only then do the pod's own containers start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from ...history.model import History, Object
from ...objects.containers import begun, container_state, end_of_run, mains, ordinary_inits, statuses, versions
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import there_before_the_block

Status = Mapping[str, Any]

_FELL_BACK = "it was initialized, and is no longer"
_INITIALIZED_AGAIN = Advice(
    "its node made all its containers anew, as after a restart, or somebody else wrote its condition Initialized",
    check="what writes the pod's status or restarts its node in the block",
)
_EARLY = Advice(
    "its node started a container before the init containers had ended with exit code 0",
    check="the node's kubelet and container runtime",
)


def check_init_order(history: History, uid: str) -> Finding:
    """In no version of the pod had a container begun while an init container before it was unfinished, nor by the containers' times."""
    pod = history.seen("Pod")[uid]
    inits, now = ordinary_inits(pod), statuses(pod)
    terms = (f"init containers: {', '.join(inits) or 'none'}", f"restartPolicy {pod['spec'].get('restartPolicy', 'Always')}")
    judging = Judging.of(CATALOGUE["pod-init-order"], pod, *terms, trigger=history.started)
    if reason := there_before_the_block(history, pod, "its start was not seen"):
        return judging.vacuous(*reason)
    if not inits:
        return judging.vacuous(
            "the pod has no init container that ends, so there is no order (one with restartPolicy Always is a sidecar)",
            change="spec.initContainers: one that does its work and ends, without a restartPolicy",
        )
    breaches = [*_early(history, uid, inits), *_early_by_time(now, inits, mains(pod))][:1]  # what follows the first is its consequence
    fell_back = any(one.what == _FELL_BACK for one in breaches)
    return judging.found(
        breaches,
        **(_INITIALIZED_AGAIN if fell_back else _EARLY)._asdict(),
        evidence={
            "order": tuple(sorted((one for one in inits if _started(now.get(one, {}))), key=lambda one: _started(now[one]))),
            "attempts": {one: int(now.get(one, {}).get("restartCount", 0)) + 1 for one in inits if begun(now.get(one, {}))},
            "started": tuple(one for one in mains(pod) if begun(now.get(one, {}))),
        },
    )


def _early(history: History, uid: str, inits: list[str]) -> Iterator[Breach]:
    """The versions in which a container had begun although an init container before it was unfinished, or Initialized fell back."""
    initialized = False
    for pod, version in versions(history, uid):
        every, at = statuses(pod), version.received if version else history.started
        was, initialized = initialized, condition(pod, "Initialized").get("status") == "True"
        if was and not initialized:
            yield Breach(_FELL_BACK, at, lines=_lines(every, inits, pod))
        if was or initialized:
            continue
        unfinished = next((one for one in inits if not _done(every.get(one, {}))), None)
        if unfinished is None:
            continue
        later = [*inits[inits.index(unfinished) + 1 :], *mains(pod)]
        for one in later:
            if begun(every.get(one, {})):
                yield Breach(f"{one} had started before {unfinished} was done", at, lines=_lines(every, inits, pod))


def _early_by_time(now: Mapping[str, Status], inits: list[str], containers: list[str]) -> Iterator[Breach]:
    """The containers that started before the one before them had ended, by the node's own times, which are in whole seconds."""
    for one, other in [*pairwise(inits), *((inits[-1], main) for main in containers)]:
        end = end_of_run(now.get(one, {})) or {}
        start = _started(now.get(other, {}))
        if start and end.get("finishedAt") and start < str(end["finishedAt"]) and not now[other].get("restartCount"):
            yield Breach(f"{other} started at {start}, before {one} ended at {end['finishedAt']}")


def _done(status: Status) -> bool:
    end = end_of_run(status)
    return end is not None and end.get("exitCode") == 0


def _started(status: Status) -> str:
    state = status.get("state") or {}
    return str((state.get("running") or state.get("terminated") or {}).get("startedAt") or "")


def _lines(every: Mapping[str, Status], inits: list[str], pod: Object) -> tuple[str, ...]:
    return tuple(f"{one}  {container_state(every.get(one, {}))}" for one in [*inits, *mains(pod)])
