"""Claims that go with what used them."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_pvc_deleted

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

POLICY = "spec.persistentVolumeClaimRetentionPolicy"


def _set() -> Manifests:
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    return workloads.stateful_set(replicas=2, claims=True, persistentVolumeClaimRetentionPolicy=policy)


def _ephemeral() -> Manifests:
    return [workloads.claim(), workloads.replica_set(replicas=1, pod=workloads.mounting(workloads.ephemeral()))]


def scaled_down(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_pvc_deleted(db, after="scale-down"):
        db.scale(1)


def deleted(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_pvc_deleted(db, after="delete"):
        db.delete()


def pod_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_pvc_deleted(web, after="pod-delete"):
        web.pods()[0].delete()


SCENARIOS = (
    Scenario(
        "assert_pvc_deleted",
        _set,
        scaled_down,
        (
            Mutant(
                "whenScaled Retain",
                "sts-pvc-delete-policy",
                f"{POLICY}.whenScaled: Delete (now Retain)",
                put(f"{POLICY}.whenScaled", "Retain", "StatefulSet"),
            ),
        ),
        name="scale-down",
    ),
    Scenario(
        "assert_pvc_deleted",
        _set,
        deleted,
        (
            Mutant(
                "whenDeleted Retain",
                "sts-pvc-delete-policy",
                f"{POLICY}.whenDeleted: Delete (now Retain)",
                put(f"{POLICY}.whenDeleted", "Retain", "StatefulSet"),
            ),
        ),
        name="delete",
    ),
    Scenario(
        "assert_pvc_deleted",
        _ephemeral,
        pod_deleted,
        (
            Mutant(
                "a claim by name",
                "vol-ephemeral-lifetime",
                "spec.template.spec.volumes[].ephemeral",
                put("spec.template.spec.volumes", workloads.mounting("data")["volumes"], "ReplicaSet"),
            ),
        ),
        name="ephemeral",
    ),
)
