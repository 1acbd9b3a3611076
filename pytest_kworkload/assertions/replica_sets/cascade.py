"""What becomes of dependents when their owner is deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...guarantees.finding import Finding
from ...guarantees.replica_sets.cascade import check_cascade, dependents, propagation_of_deletion, remaining
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...workloads.handle import Handle
from ..window import ABSENCE_SECONDS, Evidence, Window


class Cascade(Evidence):
    """What depended on the owner, and which of these objects are still there."""

    dependents: tuple[str, ...]
    kept: tuple[str, ...]


def assert_cascading_delete(
    owner: Handle,
    *,
    propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
    settle: float = ABSENCE_SECONDS,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Cascade]:
    """The `with` block deletes the owner: its dependents go too, directly or through others; with "Orphan" they stay without it.

    With "Foreground" the owner is the last to go. Dependents are the objects that name the owner in their ownerReferences, of every
    kind that is recorded. The garbage collector acts on events, but may take half a minute to learn of a new kind. With "Orphan"
    nothing may go for `settle` seconds. `timeout` is in seconds.

    Fails as vacuous if the block does not delete the owner, or if nothing depended on it. Guarantee: owner-cascade.
    """
    uid, key, recording = owner.uid, owner.key, owner.namespace.recording

    def check(history: History) -> Finding:
        return check_cascade(history, key, uid, propagation)

    def end(mark: Mark, deadline: Deadline) -> None:
        recording.barrier(deadline, key)
        if propagation_of_deletion(recording.since(mark), key, uid) is None:
            return

        def done(history: History) -> bool:
            if uid in history.objects(key):
                return False
            every = dependents(history, uid)
            wrong = propagation_of_deletion(history, key, uid) != propagation
            return wrong or propagation == "Orphan" or not remaining(history, every)

        recording.wait_for(done, f"{owner} and what depends on it to be gone", deadline, since=mark)
        if propagation == "Orphan":
            recording.absent(lambda history: bool(check(history).breaches), settle, since=mark)

    kinds = tuple(sorted(recording.since().known - {"Event"}))  # which depend on nothing and expire
    return Window("assert_cascading_delete", owner, Cascade(), kinds, judge=check, settle=end, timeout=timeout).by(trigger)
