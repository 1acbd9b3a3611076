"""Nodes that come, go, are lost or are administered: what becomes of pods."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from pytest_kworkload import (
    Cluster,
    GuaranteeViolated,
    Namespace,
    assert_cordon_respected,
    assert_follows_nodes,
    assert_rescheduled_after_node_loss,
    assert_taint_evicts,
    assert_undisturbed,
)

from .. import workloads
from ..pinned import Pinned

LABEL, TAINT, UNREACHABLE = "example.com/disk", "example.com/broken", "node.kubernetes.io/unreachable"
ADMINISTERED = pytest.mark.kworkload(nodes=3, needs=["nodes:cordon"])
BREAKING = pytest.mark.kworkload(nodes=3, needs=["nodes:stop", "nodes:add", "nodes:cordon", "control-plane:stop"])


@contextmanager
def labelled(kworkload: Namespace, node: str, value: str) -> Iterator[None]:
    """A label that no other test asks for: the node stays as it is for them."""
    kworkload.client.patch("Node", node, {"metadata": {"labels": {LABEL: value}}}, type="merge")
    try:
        yield
    finally:
        kworkload.client.patch("Node", node, {"metadata": {"labels": {LABEL: None}}}, type="merge")


@BREAKING
class TestBreaking:
    def test_nodes_come_and_are_lost(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
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

    def test_a_replica_waits_for_its_node(self, kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
        there = {"kubernetes.io/hostname": "node-1"}
        pod = {**workloads.pod_spec(), "tolerations": workloads.impatient(1), "nodeSelector": there}
        db = kworkload.apply(workloads.stateful_set(replicas=1, pod=pod)).wait_ready().stateful_set("db")
        node = kworkload_cluster.node("node-1")
        with pytest.raises(GuaranteeViolated) as failure, node.frozen():
            assert_rescheduled_after_node_loss(db, node)
        pinned(failure.value)

    @pytest.mark.slow
    def test_a_replica_of_a_node_that_is_given_up(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        """The garbage collector looks every 20 s; a node that is gone it gives 40 s."""
        db = kworkload.apply(workloads.stateful_set(replicas=2)).wait_ready().stateful_set("db")
        first, second = (kworkload_cluster.node(pod.node) for pod in db.pods())
        with first.killed(), first.tainted("node.kubernetes.io/out-of-service", effect="NoExecute"):
            assert "db-0" in assert_rescheduled_after_node_loss(db, first, timeout=90).replacements
        with second.removed():
            assert "db-1" in assert_rescheduled_after_node_loss(db, second, timeout=120).replacements


@ADMINISTERED
class TestTaints:
    def test_a_taint_that_comes_and_goes(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        pod = {**workloads.pod_spec(), "tolerations": [workloads.tolerating(TAINT, 1)]}
        applied = kworkload.apply([workloads.deployment(replicas=3, pod=pod), workloads.daemon_set()]).wait_ready()
        web, node = applied.deployment("web"), kworkload_cluster.node(applied.deployment("web").pods()[0].node)
        with (
            assert_follows_nodes(applied.daemon_set("agent")) as followed,
            ExitStack() as faults,
            assert_taint_evicts(web, node, TAINT, after=1) as evicted,
        ):
            faults.enter_context(node.tainted(TAINT, effect="NoExecute"))
        assert followed.returned == (node.name,)
        assert len(evicted.evicted) + len(evicted.stayed) == 3

    def test_a_taint_that_is_tolerated(self, kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeName": "node-1", "tolerations": [workloads.tolerating(TAINT)]}
        web = kworkload.apply(workloads.bare_pod("web", pod=pod)).wait_ready().pod("web")
        node = kworkload_cluster.node("node-1")
        with pytest.raises(GuaranteeViolated) as failure, ExitStack() as faults, assert_taint_evicts(web, node, TAINT):
            faults.enter_context(node.tainted(TAINT, effect="NoExecute"))
        pinned(failure.value)


@ADMINISTERED
def test_a_daemon_comes_to_a_cordoned_node(kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
    agent = kworkload.apply(workloads.daemon_set()).wait_ready().daemon_set("agent")
    pod, node = next(pod for pod in agent.pods() if pod.node == "node-1"), kworkload_cluster.node("node-1")
    with pytest.raises(GuaranteeViolated) as failure, node.cordoned(), assert_cordon_respected(agent, node):
        pod.delete()
        pod.wait_deleted()
    pinned(failure.value)


class TestOthers:
    def test_a_daemon_for_which_there_is_no_room(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeSelector": {LABEL: kworkload.name}}
        with labelled(kworkload, "node-0", kworkload.name), ExitStack() as labels:
            agent = kworkload.apply([workloads.quota(1), workloads.daemon_set(pod=pod)]).daemon_set("agent").wait_ready()
            with pytest.raises(GuaranteeViolated) as failure, assert_follows_nodes(agent, timeout=2):
                labels.enter_context(labelled(kworkload, "node-1", kworkload.name))
        pinned(failure.value)

    def test_a_pod_that_is_evicted_meanwhile(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.replica_set(replicas=2)).wait_ready().replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_undisturbed(web):
            web.pods()[0].evict()
        pinned(failure.value)
