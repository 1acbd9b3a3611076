"""How a DaemonSet updates."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_daemon_rolling_update

from ..actions import ready_daemon_set
from ..pinned import Pinned
from ..workloads import new_version


class TestDaemonUpdate:
    def test_an_update_leaves_one_node_at_a_time(self, kworkload: Namespace) -> None:
        agent = ready_daemon_set(kworkload)
        with assert_daemon_rolling_update(agent, max_unavailable=1) as update:
            agent.patch(new_version())
        assert update.highest_unavailable == 1

    def test_an_update_with_a_surge_leaves_no_node(self, kworkload: Namespace) -> None:
        agent = ready_daemon_set(kworkload, 0, 1)
        with assert_daemon_rolling_update(agent, max_unavailable=0) as update:
            agent.patch(new_version())
        assert (update.highest_unavailable, update.highest_surge) == (0, 1)

    def test_an_update_that_takes_all_daemons_down(self, kworkload: Namespace, pinned: Pinned) -> None:
        agent = ready_daemon_set(kworkload, "100%")
        with pytest.raises(GuaranteeViolated) as failure, assert_daemon_rolling_update(agent, max_unavailable=1):
            agent.patch(new_version())
        pinned(failure.value)

    def test_an_update_with_more_surge_than_asked_for(self, kworkload: Namespace, pinned: Pinned) -> None:
        agent = ready_daemon_set(kworkload, 0, 1)
        with pytest.raises(GuaranteeViolated) as failure, assert_daemon_rolling_update(agent, max_surge=0):
            agent.patch(new_version())
        pinned(failure.value)
