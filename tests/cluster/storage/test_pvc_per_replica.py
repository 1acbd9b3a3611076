"""Claims that no two replicas share."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_pvc_per_replica, assert_shared_across_nodes

from .. import workloads
from ..pinned import Pinned

# How many nodes there are is the cluster's affair; these two there always are.
_TERM = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-0", "node-1"]}]}
_OF_TWO_NODES = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [_TERM]}}}


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
