"""How evenly pods are spread over topology domains."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.scheduling.spread import check_spread
from ...workloads.controllers import Workload
from ..window import Evidence, Window, kinds_of


class Spread(Evidence):
    """The domains that a pod could be placed in, the pods that were placed, and the largest skew that one of them made."""

    domains: tuple[str, ...]
    placed: tuple[str, ...]
    highest_skew: int


def assert_topology_spread(
    workload: Workload, topology_key: str, *, max_skew: int = 1, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Spread]:
    """Each pod that is placed in the `with` block is placed where the skew between the domains is at most `max_skew` afterwards.

    The domains are the values of the label `topology_key` on the nodes that exist when the pod is placed and that the constraint
    counts (nodeAffinityPolicy, nodeTaintsPolicy). The skew is counted at that moment: a scale-down or an update may leave a larger
    one, and nothing evens it out. `timeout`, in seconds, is for the workload to settle.

    Fails as vacuous if no pod was placed, if there are fewer than two domains, or if no constraint with DoNotSchedule asks for
    this skew or less. Guarantee: sched-spread.
    """
    return Window(
        "assert_topology_spread",
        workload,
        Spread(),
        kinds_of(workload.kind, "Node"),
        judge=lambda history: check_spread(history, workload.kind, workload.uid, topology_key, max_skew),
        timeout=timeout,
    ).by(trigger)
