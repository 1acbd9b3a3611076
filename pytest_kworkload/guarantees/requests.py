"""svc-no-lost-requests: what became of requests that a client sent to a Service all through a window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from ..history.model import History, Object
from .catalogue import CATALOGUE
from .endpoints import selected
from .finding import Breach, Finding
from .pods import finished, has_readiness_signal, terminating
from .readiness import condition

ENOUGH = 10  # fewer requests than this show nothing
PAUSE = timedelta(seconds=10)  # a client that says nothing for longer has not sent all through the window
SHORTLY = timedelta(seconds=5)  # what happened to a pod in this time before a request was lost may be why; only a hint


@dataclass(frozen=True, slots=True)
class Request:
    """A request of which the client told the end at a moment. `lost` is what it said instead of an answer; empty: answered."""

    at: datetime
    lost: str = ""


def check_requests(history: History, uid: str, requests: Sequence[Request]) -> Finding:
    """Every request was answered, and pods of the Service came or went meanwhile."""
    service = history.seen("Service")[uid]
    lost = [one for one in requests if one.lost]
    moved = list(_moves(history, service))

    def found(**parts: Any) -> Finding:
        terms = (f"requests: {len(requests)}", f"lost: {len(lost)}", f"pods that came or went: {len({name for _, name, _ in moved})}")
        subject = f"Service {service['metadata']['name']}"
        return Finding(CATALOGUE["svc-no-lost-requests"], subject, terms, trigger=history.started, **parts)

    addresses = {str(one["spec"].get("clusterIP")) for one in _versions(history, uid)}
    if len(addresses) > 1:
        breach = Breach(f"its address changed: {', '.join(sorted(addresses))}")
        return found(breaches=(breach,), change="the Service: leave it there, and its spec.clusterIP")
    if lost:
        cause, change = _why(history, service, lost[0].at, moved)
        return found(breaches=(_breach(requests, lost),), cause=cause, change=change)
    if not moved:
        return found(vacuous="no pod of the Service came or went, so nothing could be lost", change="update its pods in the block")
    if len(requests) < ENOUGH:
        return found(vacuous=f"{len(requests)} requests show nothing", change="rate, or a block that takes longer")
    times = [history.started, *(one.at for one in requests)]
    pause = max(later - earlier for earlier, later in pairwise(times))
    if pause > PAUSE:
        return found(vacuous=f"no request was sent for {pause.total_seconds():.0f} s", change="what keeps the client from sending")
    return found(evidence={"requests": len(requests), "moved": tuple(dict.fromkeys(name for _, name, _ in moved))})


def _versions(history: History, uid: str) -> Iterator[Object]:
    if uid in history.before("Service"):
        yield history.before("Service")[uid]
    yield from (one.object for one in history.of("Service") if one.uid == uid and one.type != "DELETED")


def _moves(history: History, service: Object) -> Iterator[tuple[datetime, str, bool]]:
    """When which pod of the Service came (True: it became Ready) or began to go."""
    serving = {uid for uid, pod in history.before("Pod").items() if selected(service, pod) and _serves(pod)}
    for version in history.of("Pod"):
        if not selected(service, version.object):
            continue
        now = version.type != "DELETED" and _serves(version.object)
        if now != (version.uid in serving):
            (serving.add if now else serving.discard)(version.uid)
            yield version.received, version.name, now


def _serves(pod: Object) -> bool:
    return condition(pod, "Ready").get("status") == "True" and not terminating(pod) and not finished(pod)


def _breach(requests: Sequence[Request], lost: Sequence[Request]) -> Breach:
    """From the first one that was lost to the first answer after the last one."""
    after = [one.at for one in requests if one.at > lost[-1].at]
    said = tuple(dict.fromkeys(one.lost for one in lost))
    return Breach(f"{len(lost)} of {len(requests)} requests were lost", lost[0].at, after[0] if after else None, said[:5])


def _why(history: History, service: Object, at: datetime, moved: Sequence[tuple[datetime, str, bool]]) -> tuple[str, str]:
    """Why the first request was lost, as far as the pods tell."""
    pods = [pod for pod in history.seen("Pod").values() if selected(service, pod)]
    blind = sorted(str(pod["metadata"]["name"]) for pod in pods if not has_readiness_signal(pod))
    if blind:
        return (
            f"{blind[0]} counts as ready as soon as its processes are started, whether it can answer or not",
            "spec.template.spec.containers[].readinessProbe: add one that answers when the pod can do its work",
        )
    serving = sum(selected(service, pod) and _serves(pod) for pod in history.before("Pod").values())
    least = serving
    for moment, _, came in moved:
        serving += 1 if came else -1
        if at - SHORTLY <= moment <= at:
            least = min(least, serving)
    if least <= 0:
        return "no pod of the Service was ready", "spec.replicas: 2 or more, and a strategy that keeps one (spec.strategy.rollingUpdate)"
    went = [name for moment, name, came in moved if not came and at - SHORTLY <= moment <= at]
    if went:
        return (
            f"{went[-1]} was told to end; requests reach a pod until every node knows that",
            "spec.template.spec.containers[].lifecycle.preStop: sleep for some seconds; and let the program end what it has begun",
        )
    return "no pod had come or gone just before", "what the client said; and the program's log"
