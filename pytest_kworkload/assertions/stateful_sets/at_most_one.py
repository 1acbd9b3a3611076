"""One pod at a time for each of a StatefulSet's replicas."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.stateful_sets.at_most_one import check_at_most_one
from ...workloads.controllers import StatefulSet
from ..window import Evidence, Window


class AtMostOne(Evidence):
    """The replicas that got a new pod."""

    replaced: tuple[str, ...]


def assert_at_most_one_per_ordinal(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[AtMostOne]:
    """No replica that the `with` block replaces is there twice: its successor comes after it, and its processes, have ended.

    That the processes have ended is what the node reported: the last status of the old pod. A deletion by force (grace period 0)
    takes the object away without it. It waits until the set has settled, at most `timeout` seconds: as long as the old
    program takes to end, at most terminationGracePeriodSeconds (default 30). Fails as vacuous if no replica was replaced.
    Guarantee: sts-at-most-one.
    """
    return Window(
        "assert_at_most_one_per_ordinal",
        stateful_set,
        AtMostOne(),
        ("Pod", "StatefulSet"),
        judge=lambda history: check_at_most_one(history, stateful_set.uid),
        timeout=timeout,
    ).by(trigger)
