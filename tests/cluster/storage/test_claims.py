"""Claims and their volumes."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_claim_bound,
    assert_claim_expands,
    assert_in_use_protection,
    assert_pvc_deleted,
    assert_pvc_per_replica,
    assert_reclaimed,
    assert_shared_across_nodes,
    assert_unused_condition,
    assert_waits_for_first_consumer,
)

from .. import workloads
from ..pinned import Pinned

DELETING = {"whenScaled": "Delete", "whenDeleted": "Delete"}


# How many nodes there are is the cluster's affair; these two there always are.
_TERM = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-0", "node-1"]}]}
_OF_TWO_NODES = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_TERM]}}}


def user(name: str = "user", claim: str = "data", **spec: Any) -> dict[str, Any]:
    """A pod that uses the claim."""
    return workloads.bare_pod(name, pod={**workloads.mounting(claim), **spec})


class TestClaimBound:
    def test_a_claim_of_the_shared_class(self, kworkload: Namespace) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared", mode="ReadWriteMany")).claim("data")
        assert assert_claim_bound(claim, storage_class="shared").capacity == "1Mi"

    def test_a_claim_of_the_default_class(self, kworkload: Namespace) -> None:
        claim = kworkload.apply([workloads.claim(), user()]).claim("data")
        assert assert_claim_bound(claim, storage_class="standard").storage_class == "standard"

    def test_a_claim_takes_a_volume_that_somebody_made(self, kworkload: Namespace) -> None:
        name = f"{kworkload.name}-made"
        claim = kworkload.apply([workloads.volume(name), workloads.claim(storage_class="", volumeName=name)]).claim("data")
        assert assert_claim_bound(claim, storage_class="").volume == name

    def test_a_claim_that_nobody_uses(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim()).claim("data")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_claim_bound(claim, timeout=1)
        pinned(failure.value)

    def test_a_claim_of_an_unknown_class(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="unknown")).claim("data")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_claim_bound(claim, timeout=1)
        pinned(failure.value)


class TestFirstConsumer:
    def test_a_claim_waits_for_its_first_pod(self, kworkload: Namespace) -> None:
        claim = kworkload.apply(workloads.claim()).claim("data")
        with assert_waits_for_first_consumer(claim, settle=2) as waited:
            pod = kworkload.apply(user()).wait_ready().pod("user")
        assert waited.node == pod.node

    def test_a_claim_that_is_bound_at_once(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        with pytest.raises(GuaranteeViolated) as failure, assert_waits_for_first_consumer(claim):
            kworkload.apply(user())
        pinned(failure.value)


class TestPvcDeleted:
    def test_claims_go_with_the_replicas_that_go(self, kworkload: Namespace) -> None:
        manifest = workloads.stateful_set(replicas=2, claims=True, persistentVolumeClaimRetentionPolicy=DELETING)
        db = kworkload.apply(manifest).wait_ready().stateful_set("db")
        with assert_pvc_deleted(db, after="scale-down") as scaled:
            db.scale(1)
        assert (scaled.deleted, scaled.kept) == (("data-db-1",), ("data-db-0",))
        with assert_pvc_deleted(db, after="delete") as deleted:
            db.delete()
        assert deleted.deleted == ("data-db-0",)

    def test_an_ephemeral_claim_goes_with_its_pod(self, kworkload: Namespace) -> None:
        manifest = workloads.replica_set(replicas=1, pod=workloads.mounting(workloads.ephemeral()))
        web = kworkload.apply(manifest).wait_ready().replica_set("web")
        with assert_pvc_deleted(web, after="pod-delete") as deleted:
            web.pods()[0].delete()
        assert len(deleted.deleted) == 1

    def test_claims_that_the_default_policy_keeps(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).wait_ready().stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure, assert_pvc_deleted(db, after="scale-down"):
            db.scale(1)
        pinned(failure.value)

    def test_a_claim_that_outlives_its_pod(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.claim(), workloads.replica_set(replicas=1, pod=workloads.mounting("data"))])
        web = applied.wait_ready().replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_pvc_deleted(web, after="pod-delete"):
            web.pods()[0].delete()
        pinned(failure.value)


class TestPvcPerReplica:
    def test_every_replica_has_its_own_claim(self, kworkload: Namespace) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).stateful_set("db")
        assert assert_pvc_per_replica(db).claims == {"db-0": ("data-db-0",), "db-1": ("data-db-1",)}

    @pytest.mark.kworkload(nodes=2)
    def test_every_daemon_has_a_claim_of_its_own(self, kworkload: Namespace) -> None:
        agent = kworkload.apply(workloads.daemon_set(pod=workloads.mounting(workloads.ephemeral()))).daemon_set("agent")
        assert len(set(assert_pvc_per_replica(agent).volumes.values())) >= 2

    @pytest.mark.kworkload(nodes=2)
    def test_one_claim_for_all_daemons(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.mounting("data"), "affinity": _OF_TWO_NODES}
        manifest = [workloads.claim(storage_class="shared", mode="ReadWriteMany"), workloads.daemon_set(pod=pod)]
        agent = kworkload.apply(manifest).daemon_set("agent")
        assert assert_shared_across_nodes(agent, "/data").nodes == ("node-0", "node-1")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_pvc_per_replica(agent)
        pinned(failure.value)

    def test_one_claim_for_all_replicas(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.stateful_set(replicas=2, pod=workloads.mounting("data"))
        db = kworkload.apply([workloads.claim(storage_class="shared", mode="ReadWriteMany"), *manifest]).stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_pvc_per_replica(db)
        pinned(failure.value)


class TestInUseProtection:
    def test_a_claim_that_is_used_stays(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.claim(), user()]).wait_ready()
        held = assert_in_use_protection(applied.claim("data"), release=applied.pod("user").delete, settle=2)
        assert held.users == ("pod user (Running)",)

    def test_a_volume_that_has_a_claim_stays(self, kworkload: Namespace) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        volume = kworkload.object("PersistentVolume", assert_claim_bound(claim).volume)
        assert_in_use_protection(volume, release=claim.delete, settle=2)

    def test_a_claim_that_is_free(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_in_use_protection(claim, release=lambda: None, settle=1)
        pinned(failure.value)

    def test_a_finished_pod_holds_its_claim(self, kworkload: Namespace, pinned: Pinned) -> None:
        done = workloads.mounting("data", pod=workloads.pod_spec(command="exit 0", probe=False))
        applied = kworkload.apply([workloads.claim(), workloads.bare_pod("done", pod={**done, "restartPolicy": "Never"})]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_in_use_protection(applied.claim("data"), release=lambda: None, settle=1, timeout=3)
        pinned(failure.value)


class TestReclaimed:
    def test_a_volume_goes_with_its_claim(self, kworkload: Namespace) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        assert_claim_bound(claim)
        with assert_reclaimed(claim, "Delete"):
            claim.delete()

    def test_a_volume_is_kept(self, kworkload: Namespace) -> None:
        name = f"{kworkload.name}-kept"
        claim = kworkload.apply([workloads.volume(name), workloads.claim(storage_class="", volumeName=name)]).claim("data")
        assert_claim_bound(claim)
        with assert_reclaimed(claim, "Retain") as kept:
            claim.delete()
        assert kept.phase == "Released"

    def test_a_volume_that_should_be_kept(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        assert_claim_bound(claim)
        with pytest.raises(GuaranteeViolated) as failure, assert_reclaimed(claim, "Retain"):
            claim.delete()
        pinned(failure.value)


class TestUnusedCondition:
    def test_a_claim_says_who_uses_it(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.claim(storage_class="shared"), user()]).wait_ready()
        with assert_unused_condition(applied.claim("data")) as condition:
            applied.pod("user").delete()
            applied.pod("user").wait_deleted()
        assert condition.unused

    def test_a_claim_that_is_used_all_the_time(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.claim(storage_class="shared"), user()]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_unused_condition(applied.claim("data")):
            applied.pod("user").exec("true")
        pinned(failure.value)

    def test_a_claim_that_nobody_binds(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="nobody")).claim("data")
        with pytest.raises(GuaranteeViolated) as failure, assert_unused_condition(claim):
            kworkload.apply(user())
        pinned(failure.value)


def growing(kworkload: Namespace, *, resized: bool = True) -> Any:
    """A claim whose class allows it to grow; its volume is of the cluster's provisioner, or of nobody who would see to that."""
    name = f"{kworkload.name}-grows"
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, "allowVolumeExpansion": True}
    if resized:
        kworkload.apply({**kind, "provisioner": "kworkload.io/directory", "parameters": {"shared": "true"}})
    else:
        volume = workloads.volume(name)
        volume["spec"]["storageClassName"] = name
        kworkload.apply([{**kind, "provisioner": "example.com/none"}, volume])
    claim = kworkload.apply(workloads.claim(storage_class=name)).claim("data")
    assert_claim_bound(claim)
    return claim


class TestClaimExpands:
    def test_a_claim_grows(self, kworkload: Namespace) -> None:
        assert assert_claim_expands(growing(kworkload), "2Mi").capacity == "2Mi"

    def test_a_class_that_does_not_let_claims_grow(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        assert_claim_bound(claim)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_claim_expands(claim, "2Mi")
        pinned(failure.value)
