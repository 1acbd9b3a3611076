"""DaemonSets: updates, and nodes in trouble."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload import (
    Cluster,
    GuaranteeViolated,
    assert_daemon_rolling_update,
    assert_eventually,
    assert_rollback,
    assert_self_heals,
    assert_tolerates_node_conditions,
)

from . import workloads
from .test_guarantees import new_version

Pinned = Callable[[BaseException], None]


def applied(kworkload: Any, unavailable: int | str = 1, surge: int | str = 0) -> Any:
    strategy = workloads.rolling(unavailable, surge)
    return kworkload.apply(workloads.daemon_set(updateStrategy=strategy)).wait_ready().daemon_set("agent")


class TestDaemonUpdate:
    def test_an_update_leaves_one_node_at_a_time(self, kworkload: Any) -> None:
        agent = applied(kworkload)
        with assert_daemon_rolling_update(agent, max_unavailable=1) as update:
            agent.patch(new_version())
        assert update.highest_unavailable == 1

    def test_an_update_with_a_surge_leaves_no_node(self, kworkload: Any) -> None:
        agent = applied(kworkload, 0, 1)
        with assert_daemon_rolling_update(agent, max_unavailable=0) as update:
            agent.patch(new_version())
        assert (update.highest_unavailable, update.highest_surge) == (0, 1)

    def test_an_update_that_takes_all_daemons_down(self, kworkload: Any, pinned: Pinned) -> None:
        agent = applied(kworkload, "100%")
        with pytest.raises(GuaranteeViolated) as failure, assert_daemon_rolling_update(agent, max_unavailable=1):
            agent.patch(new_version())
        pinned(failure.value)

    def test_an_update_with_more_surge_than_asked_for(self, kworkload: Any, pinned: Pinned) -> None:
        agent = applied(kworkload, 0, 1)
        with pytest.raises(GuaranteeViolated) as failure, assert_daemon_rolling_update(agent, max_surge=0):
            agent.patch(new_version())
        pinned(failure.value)


class TestNodeConditions:
    @pytest.mark.kworkload(needs=["nodes:cordon"])
    def test_a_daemon_stays_on_a_cordoned_node(self, kworkload: Any, kworkload_cluster: Cluster) -> None:
        agent = applied(kworkload)
        assert_tolerates_node_conditions(agent)
        node = agent.pods()[-1].node
        with kworkload_cluster.node(node).cordoned():
            healed = assert_self_heals(agent)
        assert healed.replacement.node == node
        assert healed.lowest_available == len(agent.pods()) - 1

    def test_a_deployment_does_not_stay(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=1)).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_tolerates_node_conditions(web)
        pinned(failure.value)


class TestRollback:
    def test_a_rollback_in_the_middle_of_an_update(self, kworkload: Any) -> None:
        agent = applied(kworkload)
        before = {pod.name for pod in agent.pods()}
        agent.set_image("main", "registry.invalid/agent:does-not-exist")
        assert_eventually(
            kworkload.pods("app=agent"), lambda pods: len({one["metadata"]["name"] for one in pods} - before) == 1, says="one is replaced"
        )
        with assert_rollback(agent):
            agent.rollback()
        assert len(before & {pod.name for pod in agent.pods()}) == 2
