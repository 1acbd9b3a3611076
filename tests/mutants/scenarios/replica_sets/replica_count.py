"""How many pods a workload has."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_replica_count

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _counted(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).replica_set("web")
    assert_replica_count(web, 2, settle=1)


def _under_a_quota(kworkload: Namespace, manifests: Manifests) -> None:
    kworkload.apply(workloads.quota(1)).wait_ready()
    web = kworkload.apply(manifests).replica_set("web")
    assert_replica_count(web, 2, settle=1, timeout=5)


def _scaled_to_none(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    web.scale(0)
    assert_replica_count(web, 2, settle=1, timeout=5)


SCENARIOS = (
    Scenario(
        "assert_replica_count",
        lambda: workloads.replica_set(replicas=2),
        _counted,
        (
            Mutant("replicas 3", "rs-replica-count", "spec.replicas: 2 (now 3)", put("spec.replicas", 3)),
            Mutant("a quota forbids a pod", "rs-replica-count", "a quota", check=_under_a_quota),
            Mutant("scaled to 0", "rs-replica-count", "spec.replicas: 2 (now 0)", check=_scaled_to_none),
        ),
    ),
)
