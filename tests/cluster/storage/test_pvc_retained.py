"""Claims that outlive what used them, and their data."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_pvc_retained
from pytest_kworkload.guarantees.storage.departure import After

from .. import workloads
from ..pinned import Pinned


class TestPvcRetained:
    @pytest.mark.parametrize("after", ["pod-delete", "scale-down", "delete"])
    def test_pvc_retained(self, kworkload: Namespace, after: After) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).wait_ready().stateful_set("db")
        for pod in db.pods():
            pod.exec(["sh", "-c", "echo kept > /data/token; sync"])
        with assert_pvc_retained(db, after=after, path="/data/token") as retained:
            if after == "pod-delete":
                db.pods()[0].delete()
            elif after == "scale-down":
                db.scale(1)
            else:
                db.delete()
        assert retained.claims

    def test_pvc_not_retained_after_scale_down(self, kworkload: Namespace, pinned: Pinned) -> None:
        policy = {"whenScaled": "Delete", "whenDeleted": "Retain"}
        manifest = workloads.stateful_set(replicas=2, claims=True, persistentVolumeClaimRetentionPolicy=policy)
        db = kworkload.apply(manifest).wait_ready().stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure, assert_pvc_retained(db, after="scale-down"):
            db.scale(1)
        pinned(failure.value)

    def test_pvc_not_retained_after_delete(self, kworkload: Namespace, pinned: Pinned) -> None:
        policy = {"whenScaled": "Retain", "whenDeleted": "Delete"}
        manifest = workloads.stateful_set(replicas=2, claims=True, persistentVolumeClaimRetentionPolicy=policy)
        db = kworkload.apply(manifest).wait_ready().stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure, assert_pvc_retained(db, after="delete"):
            db.delete()
        pinned(failure.value)
