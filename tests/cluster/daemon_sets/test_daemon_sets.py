"""DaemonSets: updates, and nodes in trouble."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    Cluster,
    GuaranteeViolated,
    Namespace,
    assert_daemon_rolling_update,
    assert_one_pod_per_node,
    assert_self_heals,
    assert_tolerates_node_conditions,
)

from .. import workloads
from ..pinned import Pinned
from ..workloads import new_version


def applied(kworkload: Namespace, unavailable: int | str = 1, surge: int | str = 0) -> Any:
    strategy = workloads.rolling(unavailable, surge)
    return kworkload.apply(workloads.daemon_set(updateStrategy=strategy)).wait_ready().daemon_set("agent")


class TestDaemonUpdate:
    def test_an_update_leaves_one_node_at_a_time(self, kworkload: Namespace) -> None:
        agent = applied(kworkload)
        with assert_daemon_rolling_update(agent, max_unavailable=1) as update:
            agent.patch(new_version())
        assert update.highest_unavailable == 1

    def test_an_update_with_a_surge_leaves_no_node(self, kworkload: Namespace) -> None:
        agent = applied(kworkload, 0, 1)
        with assert_daemon_rolling_update(agent, max_unavailable=0) as update:
            agent.patch(new_version())
        assert (update.highest_unavailable, update.highest_surge) == (0, 1)

    def test_an_update_that_takes_all_daemons_down(self, kworkload: Namespace, pinned: Pinned) -> None:
        agent = applied(kworkload, "100%")
        with pytest.raises(GuaranteeViolated) as failure, assert_daemon_rolling_update(agent, max_unavailable=1):
            agent.patch(new_version())
        pinned(failure.value)

    def test_an_update_with_more_surge_than_asked_for(self, kworkload: Namespace, pinned: Pinned) -> None:
        agent = applied(kworkload, 0, 1)
        with pytest.raises(GuaranteeViolated) as failure, assert_daemon_rolling_update(agent, max_surge=0):
            agent.patch(new_version())
        pinned(failure.value)


class TestNodeConditions:
    @pytest.mark.kworkload(needs=["nodes:cordon"])
    def test_a_daemon_stays_on_a_cordoned_node(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        agent = applied(kworkload)
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


class TestOnePodPerNode:
    def test_one_pod_per_node_on_every_node(self, kworkload: Namespace) -> None:
        agent = kworkload.apply(workloads.daemon_set()).daemon_set("agent")
        evidence = assert_one_pod_per_node(agent)
        assert len(evidence.nodes) >= 3

    def test_one_pod_per_node_with_a_node_left_out(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeSelector": {"kubernetes.io/hostname": "node-0"}}
        agent = kworkload.apply(workloads.daemon_set(pod=pod)).wait_ready().daemon_set("agent")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_one_pod_per_node(agent, nodes="all")
        pinned(failure.value)

    def test_one_pod_per_node_is_vacuous_on_one(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeSelector": {"kubernetes.io/hostname": "node-0"}}
        agent = kworkload.apply(workloads.daemon_set(pod=pod)).wait_ready().daemon_set("agent")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_one_pod_per_node(agent)
        pinned(failure.value)
