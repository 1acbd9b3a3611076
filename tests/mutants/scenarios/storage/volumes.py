"""What is on volumes, and who may use them."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import (
    Namespace,
    Workload,
    assert_access_mode_enforced,
    assert_data_persists,
    assert_no_lost_updates,
    assert_shared_across_nodes,
    assert_volume_lifetime,
)

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

CLAIM = "PersistentVolumeClaim"
TEMPLATE_VOLUMES = "spec.template.spec.volumes"
EMPTY_DIR = [{"name": "data", "emptyDir": {}}]


def _shared() -> Manifests:
    pod = workloads.apart(workloads.mounting("data"), "web")
    return [workloads.claim(storage_class="shared", mode="ReadWriteMany"), workloads.deployment(replicas=2, pod=pod)]


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


def _bare(command: str = workloads.STOPPABLE) -> dict[str, Any]:
    return workloads.bare_pod(pod=workloads.mounting({"emptyDir": {}}, pod=workloads.pod_spec(command=command)))


def lives(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod()
    with assert_volume_lifetime(pod, "data"):
        pod.exec(workloads.STOP)


def _pod_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod()
    with assert_volume_lifetime(pod, "data"):
        pod.delete()


def _pod(name: str) -> dict[str, Any]:
    return workloads.bare_pod(name, pod=workloads.mounting("data"))


def _two() -> Manifests:
    return [workloads.claim(mode="ReadWriteOncePod"), _pod("first"), _pod("second")]


def refused(kworkload: Namespace, manifests: Manifests) -> None:
    *before, second = manifests
    claim = kworkload.apply(before).wait_ready().claim("data")
    with assert_access_mode_enforced(claim, "ReadWriteOncePod", settle=1):
        kworkload.apply(second)


def _past_the_scheduler(kworkload: Namespace, manifests: Manifests) -> None:
    *before, second = manifests
    applied = kworkload.apply(before).wait_ready()
    second["spec"]["nodeName"] = applied.pod("first").node
    with assert_access_mode_enforced(applied.claim("data"), "ReadWriteOncePod", settle=1):
        kworkload.apply(second)


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
            Mutant("emptyDir", "pv-access-rwx", "a claim that is mounted at /data", put(TEMPLATE_VOLUMES, EMPTY_DIR, "Deployment")),
            Mutant("one node", "pv-access-rwx", "podAntiAffinity", put("spec.replicas", 1, "Deployment")),
            Mutant("a claim for each pod", "pv-access-rwx", "one claim for all", _a_claim_each),
        ),
    ),
    Scenario(
        "assert_volume_lifetime",
        _bare,
        lives,
        (
            Mutant(
                "emptied at the start",
                "vol-ephemeral-lifetime",
                "the program",
                put("spec.containers.0.command.2", f"rm -f /data/.[!.]*; {workloads.STOPPABLE}"),
            ),
            Mutant(
                "not ephemeral",
                "vol-ephemeral-lifetime",
                "volume: one of the kind",
                put("spec.volumes.0", {"name": "data", "hostPath": {"path": "/tmp"}}),
            ),
            Mutant("the pod is deleted", "vol-ephemeral-lifetime", "end the container", check=_pod_deleted),
        ),
    ),
    Scenario(
        "assert_access_mode_enforced",
        _two,
        refused,
        (
            Mutant(
                "ReadWriteOnce", "pv-access-rwop", "spec.accessModes: [ReadWriteOncePod]", put("spec.accessModes", ["ReadWriteOnce"], CLAIM)
            ),
            Mutant("a pod that names its node", "pv-access-rwop", "spec.nodeName", check=_past_the_scheduler),
        ),
    ),
)
