"""Pods that come back."""

from __future__ import annotations

from ...guarantees.pods.self_heal import check_self_heal
from ...objects.pods import replacement
from ...workloads.controllers import Workload
from ...workloads.pods import Pod
from ..replacement import after_loss
from ..window import Evidence


class SelfHeal(Evidence):
    """The pod that was deleted, the one that took its place, how few were available meanwhile, and how many seconds it took."""

    victim: Pod
    replacement: Pod
    lowest_available: int
    seconds: float


def assert_self_heals(workload: Workload, *, timeout: float | None = None) -> SelfHeal:
    """Delete a pod of the workload; a new one takes its place, and never more than one is missing meanwhile.

    A StatefulSet's new pod has the same name, a DaemonSet's is for the same node. It waits until the workload has settled again, at
    most `timeout` seconds. Fails as vacuous if a pod is not available before.
    Guarantee: self-heal.
    """
    kind, uid = workload.kind, workload.uid
    evidence = after_loss(
        workload,
        timeout,
        lambda history, victim: replacement(history, kind, uid, victim),
        lambda history, victim: check_self_heal(history, kind, uid, victim),
    )
    return SelfHeal().fill(evidence)
