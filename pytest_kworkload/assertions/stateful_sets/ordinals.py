"""StatefulSets: the numbers of the replicas."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.stateful_sets.ordinals import check_ordinals, has_shifted
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.controllers import StatefulSet
from ..window import Evidence, Window, settled


class Ordinals(Evidence):
    """The replicas that stayed, those that came, and those that went."""

    kept: tuple[str, ...]
    created: tuple[str, ...]
    rehas_shifted: tuple[str, ...]


def assert_ordinals_shift(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Ordinals]:
    """The `with` block changes spec.ordinals.start: replicas outside the new window go, new ones come, the others are left alone.

    Each replica has the claims of its own ordinal. What becomes of the claims of those that went is for assert_pvc_retained.
    The set has `timeout` seconds to settle. Fails as vacuous if the first ordinal stays. Guarantee: sts-ordinals-shift.
    """
    uid = stateful_set.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        settled(stateful_set, deadline)
        stateful_set.namespace.recording.wait_for(
            lambda history: has_shifted(history, uid), f"the replicas of {stateful_set} to move", deadline
        )
        settled(stateful_set, deadline)

    return Window(
        "assert_ordinals_shift",
        stateful_set,
        Ordinals(),
        ("Pod", "StatefulSet"),
        judge=lambda history: check_ordinals(history, uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)
