"""Claims that outlive what used them, and their data."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_pvc_retained

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, claims=True)


def scaled_down(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_pvc_retained(db, after="scale-down"):
        db.scale(1)


def deleted(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_pvc_retained(db, after="delete"):
        db.delete()


def _nothing_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_pvc_retained(db, after="pod-delete"):
        pass


def _on_an_empty_dir(manifests: Manifests) -> None:
    spec = manifests[-1]["spec"]
    del spec["volumeClaimTemplates"]
    spec["template"]["spec"]["volumes"] = [{"name": "data", "emptyDir": {}}]


POLICY = "spec.persistentVolumeClaimRetentionPolicy"
SCENARIOS = (
    Scenario(
        "assert_pvc_retained",
        _set,
        scaled_down,
        (
            Mutant(
                "whenScaled Delete",
                "sts-pvc-retain",
                f"{POLICY}.whenScaled: Retain (now Delete)",
                put(POLICY, {"whenScaled": "Delete", "whenDeleted": "Retain"}, "StatefulSet"),
            ),
            Mutant("emptyDir", "sts-pvc-retain", "spec.volumeClaimTemplates", _on_an_empty_dir),
        ),
        name="scale-down",
    ),
    Scenario(
        "assert_pvc_retained",
        _set,
        deleted,
        (
            Mutant(
                "whenDeleted Delete",
                "sts-pvc-retain",
                f"{POLICY}.whenDeleted: Retain (now Delete)",
                put(POLICY, {"whenScaled": "Retain", "whenDeleted": "Delete"}, "StatefulSet"),
            ),
            Mutant("nothing is deleted", "sts-pvc-retain", "no pod was deleted", check=_nothing_deleted),
        ),
        name="delete",
    ),
)
