"""What you write guarantees of your own with: in every state of the past, at some time soon, and for a while from now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..guarantees.throughout import Predicate, check_throughout
from ..history.model import History
from ..objects.readiness import object_state
from ..workloads.selected import Past, Selected
from .window import Evidence, held, judged


class Throughout(Evidence):
    """How many states were held against the predicate, and how many changes led to them."""

    states: int
    changes: int


def assert_throughout(past: Past, predicate: Predicate, *, says: str, min_events: int = 1) -> Throughout:
    """The predicate is true for the chosen objects in every state of a recorded stretch of time.

    `past` is `record.pods(label=...)` or `record.objects(kind, ...)` of `with kworkload.record() as record:`; the predicate gets
    the raw objects, sorted by name. `says` is the guarantee in words, for the failure. Fails as vacuous with
    fewer than `min_events` changes of such an object. Guarantee: yours, in the words of `says`.
    """
    finding = check_throughout(past.history, past.selection, predicate, says, min_events)
    held(finding, past.look)
    return Throughout().fill(finding.evidence)


def assert_eventually(selected: Selected, predicate: Predicate, *, says: str, timeout: float | None = None) -> Sequence[dict[str, Any]]:
    """The predicate becomes true for the chosen objects within `timeout` seconds; returns the objects of that state.

    It is evaluated after every change, so a state of milliseconds is not missed; one that was over before the call does not
    count. Raises WaitTimeout. Guarantee: yours, in the words of `says`.
    """
    namespace, selection = selected.namespace, selected.selection
    deadline = namespace.deadline(timeout)
    namespace.recording.barrier(deadline, selection.kind)  # otherwise a pod that was deleted just now may still look alive

    def reached(history: History) -> list[Any] | None:
        objects = selection.now(history)
        return [dict(one) for one in objects] if predicate(objects) else None

    def seen(history: History) -> str:
        return "\n".join(f"{one['metadata']['name']}: {object_state(one)}" for one in selection.now(history)) or f"no {selection}"

    return namespace.recording.wait_for(reached, f"{selection}: {says}", deadline, seen=seen)


def assert_consistently(selected: Selected, predicate: Predicate, *, says: str, duration: float) -> Throughout:
    """The predicate is true for the chosen objects now and in every state of the next `duration` seconds.

    Stops at the first state in which it is not. Guarantee: yours, in the words of `says`.
    """
    namespace, selection = selected.namespace, selected.selection
    namespace.recording.barrier(namespace.deadline(None), selection.kind)
    mark = namespace.recording.mark()
    namespace.recording.absent(lambda history: not predicate(selection.now(history)), duration, since=mark)
    finding = judged(namespace, mark, (selection.kind,), lambda history: check_throughout(history, selection, predicate, says, 0))
    held(finding, namespace.recording.look)
    return Throughout().fill(finding.evidence)
