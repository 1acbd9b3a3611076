"""Pods that are placed where their volumes are."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_follows_volumes

from .. import workloads
from ..pinned import Pinned

HOSTNAME = "kubernetes.io/hostname"

pytestmark = pytest.mark.kworkload(nodes=2)


def test_a_replica_comes_back_to_its_volume(kworkload: Namespace) -> None:
    db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).wait_ready().stateful_set("db")
    with assert_follows_volumes(db) as followed:
        db.pods()[1].delete()
    assert followed.placed.keys() == {"db-1"}


def test_a_replica_that_is_sent_away_from_its_volume(kworkload: Namespace, pinned: Pinned) -> None:
    pod = {**workloads.pod_spec(), "nodeSelector": {HOSTNAME: "node-0"}}
    db = kworkload.apply(workloads.stateful_set(replicas=1, claims=True, pod=pod)).wait_ready().stateful_set("db")
    with pytest.raises(GuaranteeViolated) as failure, assert_follows_volumes(db, timeout=6):
        db.patch({"spec": {"template": {"spec": {"nodeSelector": None, "nodeName": "node-1"}}}})
    pinned(failure.value)
