"""How many pods stay healthy while nodes are drained."""

from __future__ import annotations

import pytest

from pytest_kworkload import (
    Cluster,
    GuaranteeViolated,
    Namespace,
    assert_cordon_respected,
    assert_drain_respects_pdb,
    assert_undisturbed,
)

from .. import workloads
from ..pinned import Pinned


@pytest.mark.kworkload(nodes=3, needs=["nodes:cordon"])
def test_a_drain_leaves_enough(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    applied = kworkload.apply([workloads.budget(minAvailable=3), workloads.deployment(replicas=4), workloads.daemon_set()]).wait_ready()
    web, agent = applied.deployment("web"), applied.daemon_set("agent")
    node = kworkload_cluster.node(web.pods()[0].node)
    with (
        assert_drain_respects_pdb(applied.handles[0]) as drain,
        assert_undisturbed(agent, settle=1),
        node.drained(),
        assert_cordon_respected(web, node) as cordon,
    ):
        web.scale(6)
    assert drain.evicted
    assert drain.lowest_healthy >= drain.needed == 3
    assert node.name not in cordon.placed.values()


def test_a_budget_does_not_bind_deletions(kworkload: Namespace, pinned: Pinned) -> None:
    applied = kworkload.apply([workloads.budget(minAvailable=2), workloads.replica_set(replicas=3)]).wait_ready()
    with pytest.raises(GuaranteeViolated) as failure, assert_drain_respects_pdb(applied.handles[0]):
        for pod in applied.replica_set("web").pods()[:2]:
            pod.delete()
    pinned(failure.value)


def test_a_budget_that_allows_no_eviction(kworkload: Namespace, pinned: Pinned) -> None:
    applied = kworkload.apply([workloads.budget(minAvailable=2), workloads.replica_set(replicas=2)]).wait_ready()
    with pytest.raises(GuaranteeViolated) as failure, assert_drain_respects_pdb(applied.handles[0]):
        pytest.fail("the block was entered")
    pinned(failure.value)
