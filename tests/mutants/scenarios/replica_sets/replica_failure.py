"""What a workload says of pods that may not be created."""

from __future__ import annotations

from pytest_kworkload import Namespace, Workload, assert_replica_failure

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _refused(kworkload: Namespace, manifests: Manifests) -> None:
    quota, workload = kworkload.apply(manifests).handles
    assert isinstance(workload, Workload)
    assert_replica_failure(workload, cure=quota.delete)


SCENARIOS = (
    Scenario(
        "assert_replica_failure",
        lambda: [workloads.quota(1), workloads.replica_set(replicas=2)],
        _refused,
        (
            Mutant("a quota with room", "rs-replica-failure", "a ResourceQuota", put("spec.hard.pods", "9", "ResourceQuota")),
            Mutant("a StatefulSet", "rs-replica-failure", "kind: ReplicaSet", put("kind", "StatefulSet", "ReplicaSet")),
        ),
    ),
)
