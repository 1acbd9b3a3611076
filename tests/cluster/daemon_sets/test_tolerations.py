"""The nodes in trouble on which a DaemonSet's pods stay."""

from __future__ import annotations

import pytest

from pytest_kworkload import Cluster, GuaranteeViolated, Namespace, assert_self_heals, assert_tolerates_node_conditions

from .. import workloads
from ..actions import ready_daemon_set
from ..pinned import Pinned


class TestNodeConditions:
    @pytest.mark.kworkload(needs=["nodes:cordon"])
    def test_a_daemon_stays_on_a_cordoned_node(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        agent = ready_daemon_set(kworkload)
        assert_tolerates_node_conditions(agent)
        node = agent.pods()[-1].node
        with kworkload_cluster.node(node).cordoned():
            healed = assert_self_heals(agent)
        assert healed.replacement.node == node
        assert healed.lowest_available == len(agent.pods()) - 1

    def test_a_deployment_does_not_stay(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=1)).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_tolerates_node_conditions(web)
        pinned(failure.value)
