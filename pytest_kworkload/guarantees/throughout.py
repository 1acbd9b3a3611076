"""A guarantee of the user's own: a predicate that must hold in every state of a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..history.model import History, Object
from ..objects.readiness import object_state
from ..objects.selection import Chosen, Selection
from .catalogue import Guarantee
from .finding import Breach, Finding
from .judging import counted

Predicate = Callable[[Sequence[Object]], bool]

SHOWN = 8  # objects of a breach that are listed


def check_throughout(history: History, selection: Selection, predicate: Predicate, says: str, min_events: int = 1) -> Finding:
    """Hold every state of the chosen objects against the predicate. With fewer than `min_events` changes it is vacuous."""
    every = list(selection.states(history))
    changes = sum(one.version is not None for one in every)
    terms = (f"{counted(changes, 'change')} seen",)
    guarantee = Guarantee("throughout", says, "the test itself")
    if changes < min_events:
        return Finding(
            guarantee,
            str(selection),
            terms,
            vacuous=f"such objects changed {counted(changes, 'time')} in the window, fewer than the {min_events} asked for:"
            " what holds while nothing happens was not put to the test",
            check="let something happen in the block; or correct the selection; or ask for min_events=0",
            look=(selection.kind,),
        )
    breaches = tuple(_stretches(every, predicate))
    return Finding(
        guarantee,
        str(selection),
        terms,
        breaches,
        trigger=history.started,
        evidence={"states": len(every), "changes": changes},
        look=(selection.kind,),
    )


def _stretches(every: Sequence[Chosen], predicate: Predicate) -> Iterator[Breach]:
    """The stretches of time in which the predicate is false, each with the objects of its first state."""
    first: Chosen | None = None
    for one in every:
        if not predicate(one.objects):
            first = first or one
        elif first is not None:
            yield _breach(first, one)
            first = None
    if first is not None:
        yield _breach(first, None)


def _breach(first: Chosen, after: Chosen | None) -> Breach:
    lines = [f"{one['metadata']['name']}  {object_state(one)}" for one in first.objects[:SHOWN]]
    if len(first.objects) > SHOWN:
        lines.append(f"and {len(first.objects) - SHOWN} more")
    what = f"false for {counted(len(first.objects), 'object')}" if first.objects else "false when there was no such object"
    return Breach(what, first.at, after.at if after is not None else None, tuple(lines))
