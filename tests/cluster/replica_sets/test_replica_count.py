"""How many pods a workload has."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_replica_count

from .. import workloads
from ..actions import ready_replica_set
from ..pinned import Pinned


def test_a_surplus_pod_does_not_stay(kworkload: Namespace) -> None:
    web = ready_replica_set(kworkload, 2)
    kworkload.apply(workloads.bare_pod(labels={"app": "web"}))
    assert len(assert_replica_count(web, 2, settle=2).pods) == 2


def test_a_quota_keeps_a_pod_out(kworkload: Namespace, pinned: Pinned) -> None:
    kworkload.apply(workloads.quota(1)).wait_ready()
    web = kworkload.apply(workloads.replica_set(replicas=2)).replica_set("web")
    with pytest.raises(GuaranteeViolated) as failure:
        assert_replica_count(web, 2, timeout=3)
    pinned(failure.value)
