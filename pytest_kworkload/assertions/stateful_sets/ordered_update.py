"""The order in which a StatefulSet's replicas are updated, and how many are unavailable meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.stateful_sets.ordered_update import check_ordered_update
from ...workloads.controllers import StatefulSet
from ..bounds import checked
from ..window import Evidence, Window


class OrderedUpdate(Evidence):
    """The replicas in the order in which they were taken down, the most that were unavailable at a time, and the bound."""

    order: tuple[str, ...]
    highest_unavailable: int
    bound: int
    replicas: int
    revision: str
    states: int
    seconds: float


def assert_ordered_update(
    stateful_set: StatefulSet,
    *,
    max_unavailable: int | str | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[OrderedUpdate]:
    """The update that the `with` block starts goes from the highest replica down, with no more than the bound unavailable in any state.

    The bound is `max_unavailable`, a number or a percentage of the replicas (rounded down, but at least 1); without it what the
    strategy promises (its maxUnavailable, 1 by default), which is printed. A replica counts as
    unavailable when its pod is missing, terminating, or not Ready for minReadySeconds. Replicas below the partition are left
    alone. What happened in the window counts, whoever caused it. The update has `timeout` seconds to settle.

    Fails as vacuous if the block changes neither template nor strategy, if fewer than two replicas are updated (one that the
    partition holds is not), if the template has no readiness signal, or if the bound permits everything.
    Guarantee: sts-rolling-update.
    """
    checked("max_unavailable", max_unavailable, "write how many replicas may be unavailable, or their share")
    return Window(
        "assert_ordered_update",
        stateful_set,
        OrderedUpdate(),
        ("Pod", "StatefulSet"),
        judge=lambda history: check_ordered_update(history, stateful_set.uid, max_unavailable),
        timeout=timeout,
    ).by(trigger)
