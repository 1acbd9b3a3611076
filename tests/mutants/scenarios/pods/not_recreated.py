"""Pods that do not come back."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_not_recreated

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def not_recreated(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    kworkload.apply(workloads.replica_set(replicas=1)).wait_ready()
    with assert_not_recreated(pod):
        pod.delete()


def _not_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_not_recreated(pod):
        pass


SCENARIOS = (
    Scenario(
        "assert_not_recreated",
        workloads.bare_pod,
        not_recreated,
        (
            Mutant("labels that a ReplicaSet selects", "pod-bare-not-recreated", "metadata.labels", put("metadata.labels", {"app": "web"})),
            Mutant("it is not deleted", "pod-bare-not-recreated", "delete()", check=_not_deleted),
        ),
    ),
)
