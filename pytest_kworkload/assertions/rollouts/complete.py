"""Rollouts that are complete."""

from __future__ import annotations

from ...guarantees.rollouts.complete import check_complete
from ...objects.settling import never_replaced
from ...workloads.controllers import Workload
from ..window import Evidence, at_rest, kinds_of


class Rollout(Evidence):
    """The pods that have the current template."""

    pods: tuple[str, ...]
    revision: str


def assert_rollout_complete(workload: Workload, *, timeout: float | None = None) -> Rollout:
    """Every pod of the workload has the template that the object has now, and is available; waits at most `timeout` seconds.

    Fails as vacuous if the workload has no pod and wants none. Guarantee: rollout-complete.
    """
    wait = not never_replaced(workload.get())  # otherwise waiting is of no use: the pods are what they will be
    kind, uid = workload.kind, workload.uid
    finding, _ = at_rest(workload, kinds_of(kind), timeout, lambda history: check_complete(history, kind, uid), wait=wait)
    return Rollout().fill(finding.evidence)
