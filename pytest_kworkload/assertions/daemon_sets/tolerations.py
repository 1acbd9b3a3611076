"""The nodes in trouble on which a DaemonSet's pods stay."""

from __future__ import annotations

from ...guarantees.daemon_sets.tolerations import check_tolerations
from ...workloads.controllers import Workload
from ..window import Evidence, held, judged, kinds_of, settled


class Tolerations(Evidence):
    """The pods, and the taints that they tolerate."""

    pods: tuple[str, ...]
    taints: tuple[str, ...]


def assert_tolerates_node_conditions(workload: Workload, *, timeout: float | None = None) -> Tolerations:
    """Every pod of the DaemonSet tolerates a node that is cordoned, under pressure, not ready or unreachable.

    The pods themselves are examined, after the DaemonSet has settled, which it waits for at most `timeout` seconds. The taint of
    a control plane is not among these: that is for assert_one_pod_per_node. Fails as vacuous if there is no pod. Guarantee: ds-tolerations.
    """
    namespace = workload.namespace
    settled(workload, namespace.deadline(timeout))
    kinds = kinds_of(workload.kind)
    finding = judged(namespace, None, kinds, lambda history: check_tolerations(history, workload.kind, workload.uid))
    held(finding, namespace.recording.look)
    return Tolerations().fill(finding.evidence)
