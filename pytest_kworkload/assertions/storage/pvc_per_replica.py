"""Claims that no two replicas share."""

from __future__ import annotations

from collections.abc import Mapping

from ...guarantees.storage.pvc_per_replica import check_pvc_per_replica
from ...objects.claims import CLAIM
from ...workloads.controllers import Workload
from ..window import Evidence, at_rest, kinds_of


class OwnClaims(Evidence):
    """The claims of each replica, and the volume of each claim."""

    claims: Mapping[str, tuple[str, ...]]
    volumes: Mapping[str, str]


def assert_pvc_per_replica(workload: Workload, *, timeout: float | None = None) -> OwnClaims:
    """Every replica has claims of its own, bound to volumes of their own; a StatefulSet's are named by its claim templates.

    A claim that is named in the template of a Deployment or DaemonSet is one claim for all of its pods; one of a generic ephemeral
    volume is the pod's own, and goes with it. Judges when the workload has settled, at most `timeout` seconds. Fails as vacuous for
    fewer than two replicas.
    Guarantee: sts-pvc-per-replica.
    """
    kinds = kinds_of(workload.kind, CLAIM)
    finding, late = at_rest(workload, kinds, timeout, lambda history: check_pvc_per_replica(history, workload.kind, workload.uid))
    if late is not None:
        raise late
    return OwnClaims().fill(finding.evidence)
