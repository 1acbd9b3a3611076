"""The order in which a StatefulSet's replicas start."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.stateful_sets.ordered_start import check_ordered_start
from ...workloads.controllers import StatefulSet
from ..window import Evidence, Window


class OrderedStart(Evidence):
    """The names of the replicas in the order of their creation."""

    order: tuple[str, ...]


def assert_ordered_start(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[OrderedStart]:
    """Each replica that the `with` block makes is created only when all lower ordinals are available.

    For a set that the block creates, take a handle with `kworkload.stateful_set(name, expected=True)`. It waits until
    the set has settled, at most `timeout` seconds: one replica after the other has to become Ready, and to stay so for
    minReadySeconds. Fails as vacuous for fewer than two replicas, for a template without a readiness signal, and for
    podManagementPolicy Parallel, which keeps the order only by luck. Guarantee: sts-ordered-start.
    """
    return Window(
        "assert_ordered_start",
        stateful_set,
        OrderedStart(),
        ("Pod", "StatefulSet"),
        judge=lambda history: check_ordered_start(history, stateful_set.uid),
        timeout=timeout,
    ).by(trigger)
