"""Claims that go with what used them."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_pvc_deleted

from .. import workloads
from ..pinned import Pinned

DELETING = {"whenScaled": "Delete", "whenDeleted": "Delete"}


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
        manifest = [workloads.claim(), workloads.replica_set(replicas=1, pod=workloads.mounting("data"))]
        web = kworkload.apply(manifest).wait_ready().replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_pvc_deleted(web, after="pod-delete"):
            web.pods()[0].delete()
        pinned(failure.value)
