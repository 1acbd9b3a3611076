"""Claims that no two replicas share."""

from __future__ import annotations

import pytest

from pytest_kworkload import Namespace, Workload, assert_pvc_per_replica

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

SHARED = workloads.mounting("data")["volumes"]


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, claims=True)


def _daemons() -> Manifests:
    shared = workloads.claim(storage_class="shared", mode="ReadWriteMany")
    return [shared, workloads.daemon_set(pod=workloads.mounting(workloads.ephemeral()))]


def per_replica(kworkload: Namespace, manifests: Manifests) -> None:
    assert_pvc_per_replica(kworkload.apply(manifests).find(Workload, None))


def _one_for_all(manifests: Manifests) -> None:
    manifests.insert(0, workloads.claim(storage_class="shared", mode="ReadWriteMany"))
    spec = manifests[-1]["spec"]
    del spec["volumeClaimTemplates"]
    spec["template"]["spec"]["volumes"] = SHARED


SCENARIOS = (
    Scenario(
        "assert_pvc_per_replica",
        _set,
        per_replica,
        (
            Mutant("one claim for all", "sts-pvc-per-replica", "spec.volumeClaimTemplates", _one_for_all),
            Mutant("one replica", "sts-pvc-per-replica", "spec.replicas: 2", put("spec.replicas", 1, "StatefulSet")),
        ),
    ),
    Scenario(
        "assert_pvc_per_replica",
        _daemons,
        per_replica,
        (
            Mutant(
                "one claim for all",
                "sts-pvc-per-replica",
                "spec.template.spec.volumes[].ephemeral",
                put("spec.template.spec.volumes", SHARED, "DaemonSet"),
            ),
        ),
        name="DaemonSet",
        marks=(pytest.mark.kworkload(nodes=2),),
    ),
)
