"""Rolling updates of Deployments: capacity and surge."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_rolling_update

from .. import workloads
from ..actions import ready_deployment
from ..pinned import Pinned


def test_rolling_update_keeps_capacity(kworkload: Namespace) -> None:
    web = ready_deployment(kworkload)
    with assert_rolling_update(web, min_available=3, max_surge=1) as rollout:
        web.patch(workloads.new_version())
    assert (rollout.lowest_available, rollout.highest_wanted) == (3, 5)


def test_rolling_update_with_more_pods_than_there_is_room_for(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=1, strategy=workloads.rolling(0, 1), pod=workloads.pod_spec(ready_after=1))
    with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=1, max_surge=0):
        web.set_env("main", V="2")
    pinned(failure.value)


def test_rolling_update_that_takes_all_pods_down(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=3, strategy=workloads.rolling("100%", 0), pod=workloads.pod_spec(ready_after=2))
    with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=2):
        web.patch(workloads.new_version())
    pinned(failure.value)


def test_rolling_update_by_recreate(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=2, strategy={"type": "Recreate"})
    with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=1):
        web.patch(workloads.new_version())
    pinned(failure.value)


def test_rolling_update_to_the_same_template(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload)
    with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
        web.scale(5)
    pinned(failure.value)


def test_rolling_update_without_a_readiness_signal(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, pod=workloads.pod_spec(probe=False))
    with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
        web.patch(workloads.new_version())
    pinned(failure.value)


def test_rolling_update_with_a_pod_deleted_in_the_window(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=2, strategy=workloads.rolling(0, 1), pod=workloads.pod_spec(ready_after=1))
    with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
        victim = web.pods()[0]
        web.patch(workloads.new_version())
        victim.delete()
    pinned(failure.value)
