"""What becomes of the pods of a lost node, and what replaces them."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from pytest_kworkload import (
    Cluster,
    GuaranteeViolated,
    Namespace,
    assert_follows_nodes,
    assert_rescheduled_after_node_loss,
    assert_taint_evicts,
    assert_undisturbed,
)

from .. import workloads
from ..pinned import Pinned

UNREACHABLE = "node.kubernetes.io/unreachable"

pytestmark = pytest.mark.kworkload(nodes=3, needs=["nodes:stop", "nodes:add", "nodes:cordon", "control-plane:stop"])


def test_nodes_come_and_are_lost(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    pod = {**workloads.pod_spec(), "tolerations": workloads.impatient(1)}
    applied = kworkload.apply([workloads.deployment(replicas=3, pod=pod), workloads.daemon_set()]).wait_ready()
    web, agent = applied.deployment("web"), applied.daemon_set("agent")
    with ExitStack() as faults:
        with assert_follows_nodes(agent) as followed:
            added = faults.enter_context(kworkload_cluster.node_added())
        assert followed.joined == (added.name,)
        node = kworkload_cluster.node(web.pods()[0].node)
        with assert_undisturbed(web, settle=1), assert_undisturbed(agent, settle=1):
            node.restart_kubelet()
            with kworkload_cluster.stopped("kube-controller-manager"):
                pass
        with node.killed():
            with assert_taint_evicts(web, node, UNREACHABLE, after=1), assert_undisturbed(agent, settle=0):
                rescheduled = assert_rescheduled_after_node_loss(web, node)
            assert rescheduled.lost
            assert rescheduled.replacements


def test_a_replica_waits_for_its_node(kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
    there = {"kubernetes.io/hostname": "node-1"}
    pod = {**workloads.pod_spec(), "tolerations": workloads.impatient(1), "nodeSelector": there}
    db = kworkload.apply(workloads.stateful_set(replicas=1, pod=pod)).wait_ready().stateful_set("db")
    node = kworkload_cluster.node("node-1")
    with pytest.raises(GuaranteeViolated) as failure, node.frozen():
        assert_rescheduled_after_node_loss(db, node)
    pinned(failure.value)


@pytest.mark.slow
def test_a_replica_of_a_node_that_is_given_up(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    """The garbage collector looks every 20 s; it gives a node that is gone 40 s."""
    db = kworkload.apply(workloads.stateful_set(replicas=2)).wait_ready().stateful_set("db")
    first, second = (kworkload_cluster.node(pod.node) for pod in db.pods())
    with first.killed(), first.tainted("node.kubernetes.io/out-of-service", effect="NoExecute"):
        assert "db-0" in assert_rescheduled_after_node_loss(db, first, timeout=90).replacements
    with second.removed():
        assert "db-1" in assert_rescheduled_after_node_loss(db, second, timeout=120).replacements
