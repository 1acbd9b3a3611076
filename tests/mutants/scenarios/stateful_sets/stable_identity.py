"""The identity that replicas keep."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_stable_identity

from ....cluster import workloads
from ....cluster.actions import ready_workload
from ...scenario import Manifests, Mutant, Scenario


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2))


def identity(kworkload: Namespace, manifests: Manifests) -> None:
    assert_stable_identity(ready_workload(kworkload, manifests))


def _as_a_deployment(manifests: Manifests) -> None:
    manifests[:] = [workloads.deployment("db")]


def _as_a_replica_set(manifests: Manifests) -> None:
    manifests[:] = [workloads.replica_set("db")]


SCENARIOS = (
    Scenario(
        "assert_stable_identity",
        _set,
        identity,
        (
            Mutant("a Deployment", "sts-identity", "kind: StatefulSet", _as_a_deployment),
            Mutant("a ReplicaSet", "sts-identity", "kind: StatefulSet", _as_a_replica_set),
        ),
    ),
)
