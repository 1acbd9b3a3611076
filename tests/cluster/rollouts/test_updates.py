"""Updates of Deployments and StatefulSets, complete, broken, and undone."""

from __future__ import annotations

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_rollback,
    assert_rolling_update,
    assert_rollout_complete,
    assert_rollout_stalled,
)

from .. import workloads
from ..pinned import Pinned
from ..workloads import new_version


class TestRollingUpdate:
    def test_rolling_update_keeps_capacity(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with assert_rolling_update(web, min_available=3, max_surge=1) as rollout:
            web.patch(new_version())
        assert (rollout.lowest_available, rollout.highest_wanted) == (3, 5)

    def test_rolling_update_with_more_pods_than_there_is_room_for(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=1, strategy=workloads.rolling(0, 1), pod=workloads.pod_spec(ready_after=1))
        web = kworkload.apply(manifest).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=1, max_surge=0):
            web.set_env("main", V="2")
        pinned(failure.value)

    def test_rolling_update_that_takes_all_pods_down(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=3, strategy=workloads.rolling("100%", 0), pod=workloads.pod_spec(ready_after=2))
        web = kworkload.apply(manifest).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=2):
            web.patch(new_version())
        pinned(failure.value)

    def test_rolling_update_by_recreate(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=2, strategy={"type": "Recreate"})
        web = kworkload.apply(manifest).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=1):
            web.patch(new_version())
        pinned(failure.value)

    def test_rolling_update_to_the_same_template(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
            web.scale(5)
        pinned(failure.value)

    def test_rolling_update_without_a_readiness_signal(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(pod=workloads.pod_spec(probe=False))).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
            web.patch(new_version())
        pinned(failure.value)

    def test_rolling_update_with_a_pod_deleted_in_the_window(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=2, strategy=workloads.rolling(0, 1), pod=workloads.pod_spec(ready_after=1))
        web = kworkload.apply(manifest).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
            victim = web.pods()[0]
            web.patch(new_version())
            victim.delete()
        pinned(failure.value)


class TestRolloutComplete:
    def test_rollout_complete(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment()).deployment("web")
        assert_rollout_complete(web)

    def test_rollout_not_complete_for_an_edited_replica_set(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.replica_set()).wait_ready().replica_set("web")
        web.patch(new_version())
        with pytest.raises(GuaranteeViolated) as failure:
            assert_rollout_complete(web)
        pinned(failure.value)


class TestRollback:
    def test_rollback(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with assert_rolling_update(web):
            web.patch(new_version())
        with assert_rollback(web):
            web.rollback()

    def test_rollback_without_history(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(revisionHistoryLimit=0)).wait_ready().deployment("web")
        template = web.get()["spec"]["template"]
        with assert_rolling_update(web):
            web.patch(new_version())
        with pytest.raises(GuaranteeViolated) as failure, assert_rollback(web):
            web.patch([{"op": "replace", "path": "/spec/template", "value": template}])
        pinned(failure.value)


class TestRolloutStalled:
    def test_a_wrong_image_stalls_and_the_old_version_stays(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with assert_rollout_stalled(web) as stalled:
            web.set_image("main", "registry.invalid/web:does-not-exist")
        assert stalled.old_available >= 3

    def test_a_broken_version_without_a_probe_replaces_everything(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=2, pod=workloads.pod_spec(probe=False))).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rollout_stalled(web):
            web.patch(new_version(command=["sh", "-c", "sleep 3; exit 1"]))
        pinned(failure.value)
