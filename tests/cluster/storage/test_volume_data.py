"""What is on a volume: whether it outlives its pod, and who shares it."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_data_persists, assert_no_lost_updates, assert_shared_across_nodes

from .. import workloads
from ..pinned import Pinned


class TestDataPersists:
    def test_data_outlives_its_pod(self, kworkload: Namespace) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=1, claims=True)).stateful_set("db")
        assert assert_data_persists(db, "/data").claim == "data-db-0"

    def test_data_on_an_empty_dir(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=1, pod=workloads.mounting({"emptyDir": {}}))).deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_data_persists(web, "/data")
        pinned(failure.value)

    def test_data_that_is_found_by_luck(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.mounting({"hostPath": {"path": "/tmp"}}), "nodeName": "node-0"}
        web = kworkload.apply(workloads.deployment(replicas=1, pod=pod)).deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_data_persists(web, "/data")
        pinned(failure.value)


class TestNoLostUpdates:
    def test_replicas_with_claims_of_their_own(self, kworkload: Namespace) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).stateful_set("db")
        assert assert_no_lost_updates(db, "/data").recorded == 6

    def test_replicas_that_share_a_claim(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.sharing_a_claim(replicas=3)).deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_no_lost_updates(web, "/data", increments=1)
        pinned(failure.value)


class TestSharedAcrossNodes:
    def test_nodes_share_a_volume(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.sharing_a_claim(workloads.apart(workloads.pod_spec(), "web"))).deployment("web")
        assert len(assert_shared_across_nodes(web, "/data").nodes) == 2

    def test_nodes_that_share_nothing(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = workloads.stateful_set(replicas=2, claims=True, pod=workloads.apart(workloads.pod_spec(), "db"))
        with pytest.raises(GuaranteeViolated) as failure:
            assert_shared_across_nodes(kworkload.apply(db).stateful_set("db"), "/data")
        pinned(failure.value)
