"""Going back to an older version of a DaemonSet."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_eventually, assert_rollback

from ..daemon_sets.test_daemon_sets import applied


class TestRollback:
    def test_a_rollback_in_the_middle_of_an_update(self, kworkload: Namespace) -> None:
        agent = applied(kworkload)
        before = {pod.name for pod in agent.pods()}
        agent.set_image("main", "registry.invalid/agent:does-not-exist")
        assert_eventually(
            kworkload.pods("app=agent"), lambda pods: len({one["metadata"]["name"] for one in pods} - before) == 1, says="one is replaced"
        )
        with assert_rollback(agent):
            agent.rollback()
        assert len(before & {pod.name for pod in agent.pods()}) == 2
