"""Faults on kind: what is broken is whole again when the block ends."""

from __future__ import annotations

import pytest

from pytest_kworkload import ApiError, Cluster, ClusterError, Namespace, assert_one_pod_per_node

from ..cluster import workloads
from .conftest import docker


def state(node: str) -> str:
    return docker("container", "inspect", "--format", "{{.State.Status}}", node)


@pytest.mark.kworkload(needs=["nodes:stop"])
def test_nodes(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    """One after the other, on one cluster: a cluster takes longer than all of them."""
    agent = kworkload.apply(workloads.daemon_set()).wait_ready().daemon_set("agent")
    control_plane, first, *others = kworkload_cluster.nodes
    assert set(assert_one_pod_per_node(agent).nodes) == {first, *others}, "the control plane's node takes no pods"
    with pytest.raises(ClusterError, match="the control plane runs in this node's container"):
        kworkload_cluster.node(control_plane).killed().__enter__()

    before = {pod.node: pod.uid for pod in agent.pods()}
    node = kworkload_cluster.node(first)
    node.restart_kubelet()
    with node.kubelet_stopped():
        assert state(first) == "running"
    with node.frozen():
        assert state(first) == "paused"
    assert {pod.node: pod.uid for pod in agent.pods()} == before, "no pod was replaced"

    with node.killed():
        assert state(first) == "exited"
    agent.wait_ready()
    assert {pod.node: pod.uid for pod in agent.pods()} == before, "its pods run again"

    uid = node.get()["metadata"]["uid"]
    with node.removed():
        assert first not in kworkload_cluster.nodes
    assert node.get()["metadata"]["uid"] != uid
    agent.wait_ready()
    assert set(assert_one_pod_per_node(agent).nodes) == {first, *others}
    kworkload_cluster.check()


@pytest.mark.kworkload(nodes=2, needs=["nodes:stop"])
@pytest.mark.slow
def test_a_node_that_is_frozen_for_long_is_lost(kworkload_cluster: Cluster) -> None:
    """With Kubernetes' own timings."""
    node = kworkload_cluster.node(kworkload_cluster.nodes[-1])
    with node.frozen():
        node.wait_unreachable()


@pytest.mark.kworkload(nodes=1, needs=["control-plane:stop"])
def test_the_control_plane(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    with kworkload_cluster.stopped("kube-scheduler"):
        kworkload.apply(workloads.bare_pod())
        assert (
            kworkload.recording.absent(lambda history: any(pod["spec"].get("nodeName") for pod in history.objects("Pod").values()), 2.0)
            is None
        )
    pod = kworkload.pod("pod").wait_ready()

    with kworkload_cluster.stopped("kube-controller-manager"):
        web = kworkload.apply(workloads.deployment(replicas=1)).deployment("web")
        assert kworkload.recording.absent(lambda history: history.objects("ReplicaSet") or None, 2.0) is None
    web.wait_ready()

    for _ in range(2):
        with kworkload_cluster.stopped("kube-apiserver"), pytest.raises((ApiError, ClusterError)):
            pod.get()
    pod.delete()
    pod.wait_deleted()
    history = kworkload.history()
    assert history.gaps == ()
    assert history.of("Pod")[-1].type == "DELETED"
