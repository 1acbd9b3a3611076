"""deploy-rolling-surge: no more pods are wanted at a time than the surge allows, by the sizes of the ReplicaSets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ...history.model import History, Object
from ...objects.numbers import scaled
from ...objects.pods import controller
from ...objects.revisions import changed_at, sizes
from ...objects.strategy import rolling_update, surge_of
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted

Sizes = dict[str, int]  # by the ReplicaSets' names


def check_surge(history: History, uid: str, max_surge: int | str | None = None) -> Finding:
    """In every state of the window the ReplicaSets together want at most `max_surge` pods (or that share) beyond the replicas.

    Sizes and not pods: what goes and what comes is not one step, and terminating pods are on top. The largest size that the
    Deployment had in the window counts, because scaling is not part of the promise.
    """
    obj = history.seen("Deployment")[uid]
    replicas = max(sizes(history, "Deployment", uid))
    versions = [(one, int(one["spec"].get("replicas", 1))) for one in history.versions_of("Deployment", uid)]
    allowed = max(size + surge_of(one, size) for one, size in versions)
    bound = allowed if max_surge is None else replicas + scaled(max_surge, replicas, "up")
    states = list(_states(history, uid))
    breaches = tuple(_stretches_above(states, bound))
    asked = "its strategy promises" if max_surge is None else "asked for"
    loose = allowed > bound
    return Judging.of(
        CATALOGUE["deploy-rolling-surge"],
        obj,
        f"replicas {replicas}",
        f"{asked}: at most {bound} wanted at a time",
        # For the reader: each kind has a connection of its own, and that of the ReplicaSets may be quicker.
        trigger=min([changed_at(history, "Deployment", uid), *(one.at for one in breaches if one.at)]) if breaches else None,
    ).found(
        breaches,
        cause=f"the strategy allows {allowed - replicas} more than the replicas" if loose else "the strategy allows no more than that",
        change=_stricter_surge(obj, bound - replicas) if loose else "",
        check="" if loose else "find what, other than the controller, scales ReplicaSets of this Deployment",
        evidence={"highest_wanted": max(sum(wanted.values()) for _, wanted in states)},
    )


def _states(history: History, uid: str) -> Iterator[tuple[datetime, Sizes]]:
    """What the ReplicaSets want, after each of their changes."""
    for state in history.states("ReplicaSet"):
        mine = [one for one in state.objects.values() if controller(one) == uid]
        yield state.moment, {str(one["metadata"]["name"]): int(one["spec"].get("replicas", 1)) for one in mine}


def _stretches_above(states: Sequence[tuple[datetime, Sizes]], bound: int) -> Iterator[Breach]:
    over: list[tuple[datetime, Sizes]] = []
    for at, wanted in states:
        if sum(wanted.values()) > bound:
            over.append((at, wanted))
        elif over:
            yield _breach(over, at)
            over = []
    if over:
        yield _breach(over, None)


def _breach(over: Sequence[tuple[datetime, Sizes]], until: datetime | None) -> Breach:
    first, highest = sum(over[0][1].values()), max(sum(wanted.values()) for _, wanted in over)
    what = f"{counted(first, 'pod')} wanted" if first == highest else f"{first}, then {highest} pods wanted"
    return Breach(what, over[0][0], until, tuple(f"{name}  wants {size}" for name, size in sorted(over[0][1].items())))


def _stricter_surge(deployment: Object, surge: int) -> str:
    rolling = rolling_update(deployment)
    text = f"spec.strategy.rollingUpdate.maxSurge: {surge} (now {rolling.get('maxSurge', '25%')})"
    unavailable = rolling.get("maxUnavailable", "25%")
    if surge == 0 and unavailable in (0, "0%"):  # one of the two must leave room
        text += f" and maxUnavailable: 1 (now {unavailable})"
    return text
