"""svc-no-lost-requests: what became of requests that a client sent to a Service all through a window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ...history.model import History
from ...objects.pods import has_readiness_signal
from ...objects.service_states import ServiceState, service_states
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted

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


def never_answered(service: str, said: str) -> Finding:
    """Before the block no request was answered; `said` is the client's last word."""
    return Judging(CATALOGUE["svc-no-lost-requests"], "Service", service).vacuous(
        f"no request was answered before the block; the client's last word: {said}",
        do="correct `request`, the client's tools, or the Service's selector and ports",
    )


def check_requests(history: History, uid: str, requests: Sequence[Request]) -> Finding:
    """Every request was answered, and pods of the Service came or went meanwhile."""
    states = list(service_states(history, uid))
    lost = [one for one in requests if one.lost]
    moves = list(_moves(states))
    names = tuple(dict.fromkeys(one.name for one in moves))
    terms = (f"requests: {len(requests)}", f"lost: {len(lost)}", f"pods that came or went: {len(names)}")
    judging = Judging.of(CATALOGUE["svc-no-lost-requests"], states[-1].service, *terms, trigger=history.started)
    addresses = {str(one.service["spec"].get("clusterIP")) for one in states}
    if len(addresses) > 1:
        breach = Breach(f"its address changed: {', '.join(sorted(addresses))}")
        return judging.found([breach], check="find what deletes the Service, or changes its spec.clusterIP")
    if lost:
        return judging.found([_breach(requests, lost)], *_why_lost(states, lost[0].at, moves))
    if not moves:
        return judging.vacuous("no pod of the Service came or went, so nothing could be lost", do="update its pods in the block")
    if len(requests) < ENOUGH:
        return judging.vacuous(
            f"{counted(len(requests), 'request')} of the {ENOUGH} that are needed to show anything",
            do="raise `rate`, or let the block take longer",
        )
    times = [history.started, *(one.at for one in requests), moves[-1].at]
    pause = max(later - earlier for earlier, later in pairwise(times))
    if pause > PAUSE:
        why = f"no request was sent for {pause.total_seconds():.0f} s"
        return judging.vacuous(why, do="find what keeps the client from sending; let `request` give up by itself")
    return judging.found(evidence={"requests": len(requests), "moved": names})


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


def _why_lost(states: Sequence[ServiceState], at: datetime, moves: Sequence[_Move]) -> Advice:
    """Why the first request was lost, as far as the pods tell."""
    pods = {uid: pod for state in states for uid, pod in state.pods.items()}
    blind = sorted(str(pod["metadata"]["name"]) for pod in pods.values() if not has_readiness_signal(pod))
    if blind:
        return Advice(
            f"{blind[0]} counts as ready as soon as its processes are started, whether it can answer or not",
            "spec.template.spec.containers[].readinessProbe: add one that answers when the pod can do its work",
        )
    ready = least = len(states[0].ready)
    for move in moves:
        if move.at <= at:
            ready += 1 if move.came else -1
            least = ready if move.at < at - SHORTLY else min(least, ready)
    if least <= 0:
        return Advice(
            "no pod of the Service was ready",
            "spec.replicas: 2 or more, and spec.strategy.rollingUpdate.maxUnavailable: fewer than that, so that one stays ready",
        )
    went = [one for one in moves if not one.came and at - SHORTLY <= one.at <= at]
    if went and went[-1].left:
        return Advice(
            f"{went[-1].name} was no longer selected, and requests reach a pod until every node knows that",
            check="whether the pods that the old spec.selector chose run on for some seconds after it changes",
        )
    if went:
        return Advice(
            f"{went[-1].name} was told to end, and requests reach a pod until every node knows that",
            "spec.template.spec.containers[].lifecycle.preStop.sleep.seconds: 5 or more",
            "whether the program answers the requests that it has begun before it ends",
        )
    return Advice("no pod had come or gone just before", check="what the client said, and the program's log")
