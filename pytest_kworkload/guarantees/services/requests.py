"""svc-no-lost-requests: what became of requests that a client sent to a Service all through a window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from ...history.model import History
from ...objects.pods import has_readiness_signal
from ...objects.service_states import ServiceState, service_states
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

ENOUGH = 10  # fewer requests than this show nothing
PAUSE = timedelta(seconds=10)  # a client that says nothing for longer has not sent all through the window
SHORTLY = timedelta(seconds=5)  # what happened to a pod in this time before a request was lost may be why; only a hint


@dataclass(frozen=True, slots=True)
class Request:
    """A request of which the client told the end at a moment. `lost` is what it said instead of an answer; empty: answered."""

    at: datetime
    lost: str = ""


@dataclass(frozen=True, slots=True)
class _Move:
    """A pod of the Service came (it became Ready, or is selected now) or began to go; `left`: it is only not selected any more."""

    at: datetime
    name: str
    came: bool
    left: bool = False


def check_requests(history: History, uid: str, requests: Sequence[Request]) -> Finding:
    """Every request was answered, and pods of the Service came or went meanwhile."""
    states = list(service_states(history, uid))
    lost = [one for one in requests if one.lost]
    moved = list(_moves(states))

    def found(**parts: Any) -> Finding:
        terms = (f"requests: {len(requests)}", f"lost: {len(lost)}", f"pods that came or went: {len({one.name for one in moved})}")
        subject = f"Service {states[-1].service['metadata']['name']}"
        return Finding(CATALOGUE["svc-no-lost-requests"], subject, terms, trigger=history.started, **parts)

    addresses = {str(one.service["spec"].get("clusterIP")) for one in states}
    if len(addresses) > 1:
        breach = Breach(f"its address changed: {', '.join(sorted(addresses))}")
        return found(breaches=(breach,), change="the Service: leave it there, and its spec.clusterIP")
    if lost:
        cause, change = _why(states, lost[0].at, moved)
        return found(breaches=(_breach(requests, lost),), cause=cause, change=change)
    if not moved:
        return found(vacuous="no pod of the Service came or went, so nothing could be lost", change="update its pods in the block")
    if len(requests) < ENOUGH:
        return found(vacuous=f"{len(requests)} requests show nothing", change="rate, or a block that takes longer")
    times = [history.started, *(one.at for one in requests), moved[-1].at]
    pause = max(later - earlier for earlier, later in pairwise(times))
    if pause > PAUSE:
        change = "what keeps the client from sending; request: a command that gives up by itself"
        return found(vacuous=f"no request was sent for {pause.total_seconds():.0f} s", change=change)
    return found(evidence={"requests": len(requests), "moved": tuple(dict.fromkeys(one.name for one in moved))})


def _moves(states: Iterable[ServiceState]) -> Iterator[_Move]:
    """In the order of time; of what happens at once, who comes is first."""
    for earlier, later in pairwise(states):
        there = {**earlier.pods, **later.pods}
        for uid in sorted(earlier.ready ^ later.ready, key=lambda one: (one in earlier.ready, one)):
            left = uid not in later.pods and later.version is not None and later.version.type != "DELETED"
            yield _Move(later.at, str(there[uid]["metadata"]["name"]), uid in later.ready, left)


def _breach(requests: Sequence[Request], lost: Sequence[Request]) -> Breach:
    """From the first one that was lost to the first answer after the last one."""
    after = [one.at for one in requests if one.at > lost[-1].at]
    said = tuple(dict.fromkeys(one.lost for one in lost))
    return Breach(f"{len(lost)} of {len(requests)} requests were lost", lost[0].at, after[0] if after else None, said[:5])


def _why(states: Sequence[ServiceState], at: datetime, moved: Sequence[_Move]) -> tuple[str, str]:
    """Why the first request was lost, as far as the pods tell."""
    pods = {uid: pod for state in states for uid, pod in state.pods.items()}
    blind = sorted(str(pod["metadata"]["name"]) for pod in pods.values() if not has_readiness_signal(pod))
    if blind:
        return (
            f"{blind[0]} counts as ready as soon as its processes are started, whether it can answer or not",
            "spec.template.spec.containers[].readinessProbe: add one that answers when the pod can do its work",
        )
    ready = least = len(states[0].ready)
    for move in moved:
        if move.at <= at:
            ready += 1 if move.came else -1
            least = ready if move.at < at - SHORTLY else min(least, ready)
    if least <= 0:
        return "no pod of the Service was ready", "spec.replicas: 2 or more, and a strategy that keeps one (spec.strategy.rollingUpdate)"
    went = [one for one in moved if not one.came and at - SHORTLY <= one.at <= at]
    if went and went[-1].left:
        return (
            f"{went[-1].name} was selected no longer; requests reach a pod until every node knows that",
            "spec.selector: when it changes, let the pods that it has selected run on for some seconds",
        )
    if went:
        return (
            f"{went[-1].name} was told to end; requests reach a pod until every node knows that",
            "spec.template.spec.containers[].lifecycle.preStop: sleep for some seconds; and let the program end what it has begun",
        )
    return "no pod had come or gone just before", "what the client said; and the program's log"
