"""Claims and their volumes."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    Namespace,
    Workload,
    assert_claim_bound,
    assert_claim_expands,
    assert_in_use_protection,
    assert_pvc_deleted,
    assert_pvc_per_replica,
    assert_reclaimed,
    assert_unused_condition,
    assert_waits_for_first_consumer,
)

from ....cluster import workloads
from ....cluster.storage.test_claims import growing
from ...scenario import Manifests, Mutant, Scenario, put

CLAIM = "PersistentVolumeClaim"
POLICY = "spec.persistentVolumeClaimRetentionPolicy"
SHORT = 3.0  # seconds for what does not come


def _used(storage_class: str | None = None) -> Manifests:
    return [workloads.claim(storage_class=storage_class), workloads.bare_pod("user", pod=workloads.mounting("data"))]


def _shared() -> Manifests:
    return [workloads.claim(storage_class="shared")]


def _set() -> Manifests:
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    return workloads.stateful_set(replicas=2, claims=True, persistentVolumeClaimRetentionPolicy=policy)


def bound(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim, storage_class="standard", timeout=20)


def _bound_soon(kworkload: Namespace, manifests: Manifests) -> None:
    assert_claim_bound(kworkload.apply(manifests).claim("data"), timeout=SHORT)


def waits(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests[0]).claim("data")
    with assert_waits_for_first_consumer(claim, settle=1):
        kworkload.apply(manifests[1])


def _used_before(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    with assert_waits_for_first_consumer(claim, settle=0):
        pass


def scaled_down(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set()
    with assert_pvc_deleted(db, after="scale-down"):
        db.scale(1)


def deleted(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set()
    with assert_pvc_deleted(db, after="delete"):
        db.delete()


def pod_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().find(Workload, None)
    with assert_pvc_deleted(web, after="pod-delete"):
        web.pods()[0].delete()


def _ephemeral() -> Manifests:
    return [workloads.claim(), workloads.replica_set(replicas=1, pod=workloads.mounting(workloads.ephemeral()))]


def per_replica(kworkload: Namespace, manifests: Manifests) -> None:
    assert_pvc_per_replica(kworkload.apply(manifests).find(Workload, None))


def _one_for_all(manifests: Manifests) -> None:
    manifests.insert(0, workloads.claim(storage_class="shared", mode="ReadWriteMany"))
    spec = manifests[-1]["spec"]
    del spec["volumeClaimTemplates"]
    spec["template"]["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]


def _daemons() -> Manifests:
    shared = workloads.claim(storage_class="shared", mode="ReadWriteMany")
    return [shared, workloads.daemon_set(pod=workloads.mounting(workloads.ephemeral()))]


def told(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    with assert_unused_condition(applied.claim("data")):
        applied.pod("user").delete()
        applied.pod("user").wait_deleted()


def _used_unbound(kworkload: Namespace, manifests: Manifests) -> None:
    *claims, pod = manifests
    claim = kworkload.apply(claims).claim("data")
    with assert_unused_condition(claim):
        kworkload.apply(pod)


def _used_all_the_time(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_unused_condition(kworkload.apply(manifests).wait_ready().claim("data")):
        pass


def _expanded(size: str = "2Mi", **how: Any) -> Any:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        assert_claim_expands(growing(kworkload, **how), size, timeout=30 if not how else SHORT)

    return check


def _not_allowed(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim)
    assert_claim_expands(claim, "2Mi")


def protected(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_in_use_protection(applied.claim("data"), release=applied.pod("user").delete, settle=1)


def _not_released(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_in_use_protection(applied.claim("data"), release=lambda: None, settle=1, timeout=SHORT)


def reclaimed(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim)
    with assert_reclaimed(claim, "Delete"):
        claim.delete()


def _kept(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim)
    with assert_reclaimed(claim, "Retain"):
        claim.delete()


def _claim_stays(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim)
    with assert_reclaimed(claim, "Delete"):
        pass


SCENARIOS = (
    Scenario(
        "assert_claim_bound",
        _used,
        bound,
        (
            Mutant(
                "another class", "pvc-bound", "spec.storageClassName: standard (now shared)", put("spec.storageClassName", "shared", CLAIM)
            ),
            Mutant(
                "an unknown class",
                "pvc-bound",
                "spec.storageClassName (now unknown)",
                put("spec.storageClassName", "unknown", CLAIM),
                _bound_soon,
            ),
            Mutant("nobody uses it", "pvc-bound", "a pod that uses the claim", lambda every: every.pop(), _bound_soon),
            Mutant("no volume for it", "pvc-bound", "a PersistentVolume", put("spec.storageClassName", "", CLAIM), _bound_soon),
        ),
    ),
    Scenario(
        "assert_waits_for_first_consumer",
        _used,
        waits,
        (
            Mutant(
                "Immediate",
                "pvc-wait-first-consumer",
                "volumeBindingMode: WaitForFirstConsumer",
                put("spec.storageClassName", "shared", CLAIM),
            ),
            Mutant("used before", "pvc-wait-first-consumer", "apply the pod in the block", check=_used_before),
        ),
    ),
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
                "a volume of the kind ephemeral",
                put("spec.template.spec.volumes", workloads.mounting("data")["volumes"], "ReplicaSet"),
            ),
        ),
        name="ephemeral",
    ),
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
                put("spec.template.spec.volumes.0", {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}, "DaemonSet"),
            ),
        ),
        name="DaemonSet",
        marks=(pytest.mark.kworkload(nodes=2),),
    ),
    Scenario(
        "assert_claim_expands",
        _shared,
        _expanded(),
        (
            Mutant("the class does not allow it", "pvc-expand", "allowVolumeExpansion: true (now not set)", check=_not_allowed),
            Mutant("nobody sees to it", "pvc-expand", "the class's provisioner", check=_expanded(resized=False)),
            Mutant("no more than before", "pvc-expand", "size: more than 1Mi", check=_expanded("1Mi", resized=False)),
        ),
    ),
    Scenario(
        "assert_unused_condition",
        lambda: _used("shared"),
        told,
        (
            Mutant(
                "nobody binds it",
                "pvc-unused-condition",
                "bind the claim",
                put("spec.storageClassName", "nobody", "PersistentVolumeClaim"),
                _used_unbound,
            ),
            Mutant("used all the time", "pvc-unused-condition", "let a user of it come or go", check=_used_all_the_time),
            Mutant(
                "another claim is used",
                "pvc-unused-condition",
                "let a user of it come or go",
                put("spec.volumes", [{"name": "data", "emptyDir": {}}], "Pod"),
            ),
        ),
    ),
    Scenario(
        "assert_in_use_protection",
        _used,
        protected,
        (
            Mutant(
                "nobody uses it",
                "pvc-in-use-protection",
                "a scheduled pod that uses the claim",
                put("spec.volumes", [{"name": "data", "emptyDir": {}}], "Pod"),
            ),
            Mutant("its user stays", "pvc-in-use-protection", "release: ", check=_not_released),
        ),
    ),
    Scenario(
        "assert_reclaimed",
        _shared,
        reclaimed,
        (
            Mutant("kept", "pv-reclaim", "Retain (now Delete)", check=_kept),
            Mutant("the claim stays", "pv-reclaim", "delete the claim", check=_claim_stays),
        ),
    ),
)
