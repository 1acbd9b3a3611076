"""What is on a volume: whether it outlives its pod, and who shares it."""

from __future__ import annotations

from pytest_kworkload import Namespace, Workload, assert_data_persists, assert_no_lost_updates, assert_shared_across_nodes

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

TEMPLATE_VOLUMES = "spec.template.spec.volumes"
EMPTY_DIR = [{"name": "data", "emptyDir": {}}]


def _shared() -> Manifests:
    return workloads.sharing_a_claim(workloads.apart(workloads.pod_spec(), "web"))


def _a_claim_each(manifests: Manifests) -> None:
    manifests[:] = workloads.stateful_set(replicas=2, claims=True, pod=workloads.apart(workloads.pod_spec(), "db"))


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, claims=True)


def persists(kworkload: Namespace, manifests: Manifests) -> None:
    assert_data_persists(kworkload.apply(manifests).find(Workload, None), "/data")


def _beside(kworkload: Namespace, manifests: Manifests) -> None:
    assert_data_persists(kworkload.apply(manifests).find(Workload, None), "/tmp")


def updates(kworkload: Namespace, manifests: Manifests) -> None:
    assert_no_lost_updates(kworkload.apply(manifests).find(Workload, None), "/data", increments=1)


def _one_for_all(manifests: Manifests) -> None:
    manifests.insert(0, workloads.claim(storage_class="shared", mode="ReadWriteMany"))
    spec = manifests[-1]["spec"]
    del spec["volumeClaimTemplates"]
    spec["template"]["spec"]["volumes"] = workloads.mounting("data")["volumes"]


def shared(kworkload: Namespace, manifests: Manifests) -> None:
    assert_shared_across_nodes(kworkload.apply(manifests).find(Workload, None), "/data")


SCENARIOS = (
    Scenario(
        "assert_data_persists",
        _shared,
        persists,
        (
            Mutant("emptyDir", "pvc-data-survives-pod", "persistentVolumeClaim", put(TEMPLATE_VOLUMES, EMPTY_DIR, "Deployment")),
            Mutant("beside the volume", "pvc-data-survives-pod", "mounted at /tmp", check=_beside),
        ),
    ),
    Scenario(
        "assert_no_lost_updates",
        _set,
        updates,
        (
            Mutant("one claim for all", "pvc-shared-no-lock", "spec.volumeClaimTemplates", _one_for_all),
            Mutant("one replica", "pvc-shared-no-lock", "spec.replicas", put("spec.replicas", 1, "StatefulSet")),
        ),
    ),
    Scenario(
        "assert_shared_across_nodes",
        _shared,
        shared,
        (
            Mutant("emptyDir", "pv-access-rwx", "a claim mounted at /data", put(TEMPLATE_VOLUMES, EMPTY_DIR, "Deployment")),
            Mutant("one node", "pv-access-rwx", "podAntiAffinity", put("spec.replicas", 1, "Deployment")),
            Mutant("a claim for each pod", "pv-access-rwx", "one claim for all", _a_claim_each),
        ),
    ),
)
