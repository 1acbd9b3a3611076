"""Pods that are placed apart from others, or together with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...guarantees.scheduling.affinity import Rule, check_affinity
from ...workloads.controllers import Workload
from ..window import Evidence, Window, kinds_of


class Affinity(Evidence):
    """The domains, and the domain of each pod that was placed."""

    domains: tuple[str, ...]
    placed: Mapping[str, str]


def assert_pod_affinity(
    workload: Workload, topology_key: str, rule: Rule, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Affinity]:
    """Each pod that is placed in the `with` block is placed where no matching pod is ("apart"), or where one is ("together").

    A pod matches if one of the required podAntiAffinity terms with this `topology_key` selects it ("apart"), or all of the
    podAffinity terms do ("together"). The domains are the values of that label on the nodes; a node without it is in no domain. A
    terminating pod still counts. `timeout`, in seconds, is for the workload to settle: with more replicas than domains it never
    does if they must be "apart".

    Fails as vacuous if no pod was placed, if there was no matching pod, if there are fewer than two domains, or if no required term
    has this `topology_key`. Guarantee: sched-affinity.
    """
    return Window(
        "assert_pod_affinity",
        workload,
        Affinity(),
        kinds_of(workload.kind, "Node"),
        judge=lambda history: check_affinity(history, workload.kind, workload.uid, topology_key, rule),
        timeout=timeout,
    ).by(trigger)
