"""Rollouts that are complete, and some that never will be."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_rollout_complete

from ....cluster import workloads
from ....cluster.actions import ready_workload
from ...scenario import Manifests, Mutant, Scenario, put


def _updated(kworkload: Namespace, manifests: Manifests) -> None:
    workload = ready_workload(kworkload, manifests)
    workload.patch(workloads.new_version())
    assert_rollout_complete(workload)


SCENARIOS = (
    Scenario(
        "assert_rollout_complete",
        workloads.deployment,
        _updated,
        (Mutant("a ReplicaSet, edited in place", "rollout-complete", "kind: Deployment", put("kind", "ReplicaSet")),),
    ),
    Scenario(
        "assert_rollout_complete",
        workloads.daemon_set,
        _updated,
        (Mutant("OnDelete", "rollout-complete", "spec.updateStrategy.type", put("spec.updateStrategy", {"type": "OnDelete"})),),
        name="DaemonSet",
    ),
)
