"""The identity that a StatefulSet's replicas keep."""

from __future__ import annotations

from ...guarantees.stateful_sets.stable_identity import check_identity, successor
from ...workloads.controllers import Workload
from ...workloads.pods import Pod
from ..replacement import after_loss
from ..window import Evidence


class Identity(Evidence):
    """The replica's name, the deleted pod and its successor."""

    name: str
    victim: Pod
    replacement: Pod


def assert_stable_identity(workload: Workload, *, timeout: float | None = None) -> Identity:
    """Delete a replica; it comes back under its name, host name, subdomain and claims, with a new uid.

    It comes back when the old one has ended, which takes at most terminationGracePeriodSeconds (default 30). The set has
    `timeout` seconds for that. Guarantee: sts-identity.
    """
    kind, uid = workload.kind, workload.uid
    evidence = after_loss(
        workload,
        timeout,
        lambda history, victim: successor(history, kind, uid, victim),
        lambda history, victim: check_identity(history, kind, uid, victim),
    )
    return Identity().fill(evidence)
