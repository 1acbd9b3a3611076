"""Where new pods go while a node is cordoned."""

from __future__ import annotations

import pytest

from pytest_kworkload import Cluster, GuaranteeViolated, Namespace, assert_cordon_respected

from .. import workloads
from ..pinned import Pinned


@pytest.mark.kworkload(nodes=3, needs=["nodes:cordon"])
def test_a_daemon_comes_to_a_cordoned_node(kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
    agent = kworkload.apply(workloads.daemon_set()).wait_ready().daemon_set("agent")
    pod, node = next(pod for pod in agent.pods() if pod.node == "node-1"), kworkload_cluster.node("node-1")
    with pytest.raises(GuaranteeViolated) as failure, node.cordoned(), assert_cordon_respected(agent, node):
        pod.delete()
        pod.wait_deleted()
    pinned(failure.value)
