"""How a DaemonSet updates."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.daemon_sets.rolling_update import check_daemon_update
from ...workloads.controllers import DaemonSet
from ..bounds import checked
from ..window import Evidence, Window


class DaemonUpdate(Evidence):
    """The nodes in question, the most without an available pod and the most with a second one, and what that was held against."""

    nodes: tuple[str, ...]
    highest_unavailable: int
    highest_surge: int
    bound: int
    surge: int
    states: int
    seconds: float


def assert_daemon_rolling_update(
    daemon_set: DaemonSet,
    *,
    max_unavailable: int | str | None = None,
    max_surge: int | str | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[DaemonUpdate]:
    """During the update that the `with` block starts, no more than the bound of eligible nodes are without an available pod.

    The bound is `max_unavailable`, a number or a percentage of the eligible nodes (rounded up); without it what the strategy
    promises, which is printed. It holds in every state. `max_surge` bounds in the same way the nodes that have a new pod beside
    the available old one and wait for it; without a surge a node never has two. Which nodes are eligible in a state is computed from
    the Node objects: one that goes counts until then, one that comes from its first available pod on, and a percentage is of the
    most that there were. What happened in the window counts, whoever caused it. The update has `timeout` seconds to settle.

    Fails as vacuous if the block makes no new revision, if the template has no readiness signal, or if the bound permits
    every node to be without a pod. Guarantee: ds-rolling-update.
    """
    checked("max_unavailable", max_unavailable, "write how many nodes may be without an available pod, or their share")
    checked("max_surge", max_surge, "write how many nodes may have a second pod, or their share")
    return Window(
        "assert_daemon_rolling_update",
        daemon_set,
        DaemonUpdate(),
        ("Pod", "DaemonSet", "Node"),
        judge=lambda history: check_daemon_update(history, daemon_set.uid, max_unavailable, max_surge),
        timeout=timeout,
    ).by(trigger)
