"""Which pods a NoExecute taint evicts, and when."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from pytest_kworkload import Cluster, GuaranteeViolated, Namespace, assert_follows_nodes, assert_taint_evicts

from .. import workloads
from ..pinned import Pinned

TAINT = "example.com/broken"

pytestmark = pytest.mark.kworkload(nodes=3, needs=["nodes:cordon"])


def test_a_taint_that_comes_and_goes(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
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


def test_a_taint_that_is_tolerated(kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
    pod = {**workloads.pod_spec(), "nodeName": "node-1", "tolerations": [workloads.tolerating(TAINT)]}
    web = kworkload.apply(workloads.bare_pod("web", pod=pod)).wait_ready().pod("web")
    node = kworkload_cluster.node("node-1")
    with pytest.raises(GuaranteeViolated) as failure, ExitStack() as faults, assert_taint_evicts(web, node, TAINT):
        faults.enter_context(node.tainted(TAINT, effect="NoExecute"))
    pinned(failure.value)
