"""Going back to an older template."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_rollback, assert_rolling_update

from .. import workloads
from ..actions import ready_daemon_set, ready_deployment, replace_one_pod
from ..pinned import Pinned


def test_rollback(kworkload: Namespace) -> None:
    web = ready_deployment(kworkload)
    with assert_rolling_update(web):
        web.patch(workloads.new_version())
    with assert_rollback(web):
        web.rollback()


def test_a_rollback_in_the_middle_of_an_update(kworkload: Namespace) -> None:
    agent = ready_daemon_set(kworkload)
    before = {pod.name for pod in agent.pods()}
    replace_one_pod(kworkload, agent)
    with assert_rollback(agent):
        agent.rollback()
    assert len(before & {pod.name for pod in agent.pods()}) == 2


def test_rollback_without_history(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, revisionHistoryLimit=0)
    template = web.get()["spec"]["template"]
    with assert_rolling_update(web):
        web.patch(workloads.new_version())
    with pytest.raises(GuaranteeViolated) as failure, assert_rollback(web):
        web.patch([{"op": "replace", "path": "/spec/template", "value": template}])
    pinned(failure.value)
