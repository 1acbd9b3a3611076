"""Which pods go when a workload is scaled down."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ...guarantees.replica_sets.scale_down_victims import check_scale_down_victims
from ...workloads.controllers import Scalable
from ...workloads.pods import Pod
from ..window import Evidence, Window, kinds_of


class Victims(Evidence):
    """The pods that went, and those that stayed."""

    victims: tuple[str, ...]
    kept: tuple[str, ...]


def assert_scale_down_victims(
    workload: Scalable, expected: Collection[Pod], *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Victims]:
    """The scale-down of the `with` block takes away exactly the pods that are expected to go.

    The order: not scheduled, Pending, not Ready, a lower controller.kubernetes.io/pod-deletion-cost, more pods of the workload
    on the node. Ties after that are decided by ages and restarts, which Kubernetes compares only roughly. `timeout` is in seconds.

    Fails as vacuous if a pod that is expected to go ties with one that is not, if all pods go, or if none does.
    Guarantee: rs-scale-down-victims.
    """
    chosen = frozenset(pod.uid for pod in expected)
    return Window(
        "assert_scale_down_victims",
        workload,
        Victims(),
        kinds_of(workload.kind),
        judge=lambda history: check_scale_down_victims(history, workload.kind, workload.uid, chosen),
        timeout=timeout,
    ).by(trigger)
