"""deploy-rolling-available: what the user needs, or the strategy's own promise, in every state of the window."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..history.model import History, Object
from . import causes
from .catalogue import CATALOGUE
from .finding import Breach, Finding
from .numbers import required, rolling_bounds
from .pods import Moment, chart, controlled_by, has_readiness_signal, moments, owners

GUARANTEE = CATALOGUE["deploy-rolling-available"]


def check(history: History, uid: str, min_available: int | str | None = None) -> Finding:
    """Hold a Deployment's update against `min_available` (number, or percentage of the replicas rounded up)."""
    before = history.before("Deployment")[uid]
    after = history.seen("Deployment")[uid]
    subject = f"Deployment {before['metadata']['name']}"
    replicas = min(_sizes(history, uid, before))
    allowed, how = strategy_allows(after, replicas)
    bound = replicas - allowed if min_available is None else required(min_available, replicas)
    asked = f"asked for: at least {bound} available" if min_available is not None else f"its strategy promises: at least {bound} available"
    terms = (f"replicas {replicas}", asked, f"the strategy allows {how}")

    def vacuous(why: str, change: str) -> Finding:
        return Finding(GUARANTEE, subject, terms, vacuous=why, change=change)

    updated = _updated(history, uid, before)
    if updated is None:
        return vacuous(
            "the block made no new revision: the pod template is what it was, so nothing was rolled out",
            "change the template in the block (set_image, patch of spec.template, restart); a new number of replicas is no update",
        )
    if not has_readiness_signal(after["spec"]["template"]):
        return vacuous(
            "the template has no readiness signal: a pod counts as available as soon as its processes are started, so that"
            " lost capacity cannot be seen",
            "spec.template.spec.containers[].readinessProbe: add one that answers when the pod can do its work",
        )
    if bound <= 0:
        return vacuous(
            "a bound of 0 available pods promises nothing; no update could break it",
            "state what the workload needs, min_available=...; or change " + _advice(after, 1, replicas),
        )
    every = list(moments(history, controlled_by(owners(history, "Deployment", uid)), int(after["spec"].get("minReadySeconds", 0))))
    if every[0].available < bound:
        return vacuous(
            f"only {every[0].available} pods were available when the block began, fewer than the bound of {bound}",
            "wait_ready() before the block",
        )
    breaches = tuple(_stretches(every, bound))
    names = {
        str(obj["metadata"].get("labels", {}).get("pod-template-hash")): "old" if one in history.before("ReplicaSet") else "new"
        for one, obj in history.seen("ReplicaSet").items()
    }
    first = breaches[0].at if breaches else None
    losses = _losses(history, every, first) if first else []
    return Finding(
        GUARANTEE,
        subject,
        terms,
        breaches,
        cause=_cause(losses, after),
        change=_change(losses, after, bound, replicas) if breaches else "",
        trigger=updated,
        chart=chart(history, every, bound, first, names),
        evidence={
            "lowest_available": min(moment.available for moment in every),
            "highest_available": max(moment.available for moment in every),
            "bound": bound,
            "replicas": replicas,
            "states": len(every),
            "seconds": (every[-1].at - updated).total_seconds(),
        },
    )


def strategy_allows(deployment: Object, replicas: int) -> tuple[int, str]:
    """How many pods a Deployment's strategy lets be unavailable, and the words for it."""
    strategy = deployment["spec"].get("strategy", {})
    if strategy.get("type") == "Recreate":
        return replicas, f"all {replicas} to be unavailable at once (Recreate)"
    rolling = strategy.get("rollingUpdate") or {}
    raw, surge = rolling.get("maxUnavailable", "25%"), rolling.get("maxSurge", "25%")
    allowed, _ = rolling_bounds(raw, surge, replicas)
    return allowed, f"{allowed} unavailable (maxUnavailable {raw})"


def _sizes(history: History, uid: str, before: Object) -> list[int]:
    """Every size that the Deployment had in the window: scaling is not part of the promise, so the smallest one counts."""
    return [int(before["spec"].get("replicas", 1))] + [
        int(version.object["spec"].get("replicas", 1)) for version in history.of("Deployment") if version.uid == uid
    ]


def _updated(history: History, uid: str, before: Object) -> datetime | None:
    for version in history.of("Deployment"):
        if version.uid == uid and version.object["spec"]["template"] != before["spec"]["template"]:
            return version.received
    return None


def _stretches(every: list[Moment], bound: int) -> Iterable[Breach]:
    """The stretches of time below the bound."""
    start: Moment | None = None
    lowest = 0
    for moment in every:
        if moment.available < bound:
            start = start or moment
            lowest = moment.available if start is moment else min(lowest, moment.available)
        elif start is not None:
            yield Breach(f"{lowest} available", start.at, moment.at)
            start = None
    if start is not None:
        yield Breach(f"{lowest} available", start.at)


def _losses(history: History, every: list[Moment], until: datetime) -> list[causes.Loss]:
    """The first loss of each pod that was available before the breach and is not at it."""
    found: dict[str, causes.Loss] = {}
    held: set[str] = set()
    for moment in every:
        if moment.at > until:
            break
        for uid, pod in moment.pods.items():
            if pod.available:
                held.add(uid)
                found.pop(uid, None)
            elif uid in held and uid not in found:
                found[uid] = causes.loss(history, pod)
    return list(found.values())


def _cause(losses: list[causes.Loss], after: Object) -> str:
    if not losses:
        return ""
    text = causes.told(losses)
    if all(one.kind == causes.SCALED_DOWN for one in losses):
        text += ", as its strategy allows"
    return text


def _change(losses: list[causes.Loss], after: Object, bound: int, replicas: int) -> str:
    kinds = {one.kind for one in losses}
    if causes.SCALED_DOWN in kinds or not kinds:
        return _advice(after, bound, replicas)
    if causes.CRASHED in kinds:
        return "the container that ended: look at its log with logs(previous=True); more replicas leave room for a crash"
    if causes.EVICTED in kinds:
        return f"a PodDisruptionBudget with spec.minAvailable: {bound} makes an eviction wait"
    if causes.UNREADY in kinds:
        return "the readiness probe of the named container, or what makes it fail"
    return "spec.replicas: a number that leaves room for a lost pod; no field keeps somebody from deleting one"


def _advice(after: Object, bound: int, replicas: int) -> str:
    strategy = after["spec"].get("strategy", {})
    room = max(0, replicas - bound)
    if strategy.get("type") == "Recreate":
        return "spec.strategy.type: RollingUpdate (now Recreate)"
    rolling = strategy.get("rollingUpdate") or {}
    text = f"spec.strategy.rollingUpdate.maxUnavailable: {room} (now {rolling.get('maxUnavailable', '25%')})"
    if room == 0 and rolling.get("maxSurge") in (0, "0%"):
        text += f" and maxSurge: 1 (now {rolling['maxSurge']})"
    return text
