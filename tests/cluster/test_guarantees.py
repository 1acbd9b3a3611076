"""Every public helper on a workload that keeps the promise, and on one that breaks it in one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    WaitTimeout,
    assert_consistently,
    assert_eventually,
    assert_not_recreated,
    assert_one_pod_per_node,
    assert_ordered_start,
    assert_pvc_retained,
    assert_rollback,
    assert_rolling_update,
    assert_rollout_complete,
    assert_rollout_stalled,
    assert_self_heals,
    assert_stable_identity,
    assert_throughout,
)

from . import workloads

Pinned = Callable[[BaseException], None]


def new_version(container: str = "main", **changes: Any) -> dict[str, Any]:
    """A patch of the pod template: an update of the workload."""
    return {"spec": {"template": {"spec": {"containers": [{"name": container, "env": [{"name": "V", "value": "2"}], **changes}]}}}}


class TestRollingUpdate:
    def test_rolling_update_keeps_capacity(self, kworkload: Any) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with assert_rolling_update(web, min_available=3, max_surge=1) as rollout:
            web.patch(new_version())
        assert (rollout.lowest_available, rollout.highest_wanted) == (3, 5)

    def test_rolling_update_with_more_pods_than_there_is_room_for(self, kworkload: Any, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=1, strategy=workloads.rolling(0, 1), pod=workloads.pod_spec(ready_after=1))
        web = kworkload.apply(manifest).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=1, max_surge=0):
            web.set_env("main", V="2")
        pinned(failure.value)

    def test_rolling_update_that_takes_all_pods_down(self, kworkload: Any, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=3, strategy=workloads.rolling("100%", 0), pod=workloads.pod_spec(ready_after=2))
        web = kworkload.apply(manifest).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=2):
            web.patch(new_version())
        pinned(failure.value)

    def test_rolling_update_by_recreate(self, kworkload: Any, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=2, strategy={"type": "Recreate"})
        web = kworkload.apply(manifest).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web, min_available=1):
            web.patch(new_version())
        pinned(failure.value)

    def test_rolling_update_to_the_same_template(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
            web.scale(5)
        pinned(failure.value)

    def test_rolling_update_without_a_readiness_signal(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(pod=workloads.pod_spec(probe=False))).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
            web.patch(new_version())
        pinned(failure.value)

    def test_rolling_update_with_a_pod_deleted_in_the_window(self, kworkload: Any, pinned: Pinned) -> None:
        manifest = workloads.deployment(replicas=2, strategy=workloads.rolling(0, 1), pod=workloads.pod_spec(ready_after=1))
        web = kworkload.apply(manifest).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rolling_update(web):
            victim = web.pods()[0]
            web.patch(new_version())
            victim.delete()
        pinned(failure.value)


class TestOnePodPerNode:
    def test_one_pod_per_node_on_every_node(self, kworkload: Any) -> None:
        agent = kworkload.apply(workloads.daemon_set()).daemon_set("agent")
        evidence = assert_one_pod_per_node(agent)
        assert len(evidence.nodes) >= 3

    def test_one_pod_per_node_with_a_node_left_out(self, kworkload: Any, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeSelector": {"kubernetes.io/hostname": "node-0"}}
        agent = kworkload.apply(workloads.daemon_set(pod=pod)).wait_ready().daemon_set("agent")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_one_pod_per_node(agent, nodes="all")
        pinned(failure.value)

    def test_one_pod_per_node_is_vacuous_on_one(self, kworkload: Any, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeSelector": {"kubernetes.io/hostname": "node-0"}}
        agent = kworkload.apply(workloads.daemon_set(pod=pod)).wait_ready().daemon_set("agent")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_one_pod_per_node(agent)
        pinned(failure.value)


class TestPvcRetained:
    @pytest.mark.parametrize("after", ["pod-delete", "scale-down", "delete"])
    def test_pvc_retained(self, kworkload: Any, after: str) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).wait_ready().stateful_set("db")
        for pod in db.pods():
            pod.exec(["sh", "-c", "echo kept > /data/token; sync"])
        with assert_pvc_retained(db, after=after, path="/data/token") as retained:
            if after == "pod-delete":
                db.pods()[0].delete()
            elif after == "scale-down":
                db.scale(1)
            else:
                db.delete()
        assert retained.claims

    def test_pvc_not_retained_after_scale_down(self, kworkload: Any, pinned: Pinned) -> None:
        policy = {"whenScaled": "Delete", "whenDeleted": "Retain"}
        manifest = workloads.stateful_set(replicas=2, claims=True, persistentVolumeClaimRetentionPolicy=policy)
        db = kworkload.apply(manifest).wait_ready().stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure, assert_pvc_retained(db, after="scale-down"):
            db.scale(1)
        pinned(failure.value)

    def test_pvc_not_retained_after_delete(self, kworkload: Any, pinned: Pinned) -> None:
        policy = {"whenScaled": "Retain", "whenDeleted": "Delete"}
        manifest = workloads.stateful_set(replicas=2, claims=True, persistentVolumeClaimRetentionPolicy=policy)
        db = kworkload.apply(manifest).wait_ready().stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure, assert_pvc_retained(db, after="delete"):
            db.delete()
        pinned(failure.value)


class TestRolloutComplete:
    def test_rollout_complete(self, kworkload: Any) -> None:
        web = kworkload.apply(workloads.deployment()).deployment("web")
        assert_rollout_complete(web)

    def test_rollout_not_complete_for_an_edited_replica_set(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.replica_set()).wait_ready().replica_set("web")
        web.patch(new_version())
        with pytest.raises(GuaranteeViolated) as failure:
            assert_rollout_complete(web)
        pinned(failure.value)


class TestRollback:
    def test_rollback(self, kworkload: Any) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with assert_rolling_update(web):
            web.patch(new_version())
        with assert_rollback(web):
            web.rollback()

    def test_rollback_without_history(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(revisionHistoryLimit=0)).wait_ready().deployment("web")
        template = web.get()["spec"]["template"]
        with assert_rolling_update(web):
            web.patch(new_version())
        with pytest.raises(GuaranteeViolated) as failure, assert_rollback(web):
            web.patch([{"op": "replace", "path": "/spec/template", "value": template}])
        pinned(failure.value)


class TestSelfHeals:
    @pytest.mark.parametrize("kind", ["deployment", "replica_set", "daemon_set", "stateful_set"])
    def test_self_heals(self, kworkload: Any, kind: str) -> None:
        applied = kworkload.apply(getattr(workloads, kind)("web")).wait_ready()
        evidence = assert_self_heals(getattr(applied, kind)("web"))
        assert evidence.replacement.uid != evidence.victim.uid

    def test_does_not_heal_while_a_quota_forbids_it(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.replica_set()).wait_ready().replica_set("web")
        kworkload.apply(workloads.quota(0)).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_self_heals(web, timeout=15)
        pinned(failure.value)


class TestOrderedStart:
    def test_ordered_start(self, kworkload: Any) -> None:
        with assert_ordered_start(kworkload.stateful_set("db", expected=True)):
            kworkload.apply(workloads.stateful_set(pod=workloads.pod_spec(ready_after=0.5)))

    def test_parallel_start_is_not_ordered(self, kworkload: Any, pinned: Pinned) -> None:
        manifest = workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2), podManagementPolicy="Parallel")
        with pytest.raises(GuaranteeViolated) as failure, assert_ordered_start(kworkload.stateful_set("db", expected=True)):
            kworkload.apply(manifest)
        pinned(failure.value)


class TestStableIdentity:
    def test_stable_identity(self, kworkload: Any) -> None:
        db = kworkload.apply(workloads.stateful_set(claims=True)).wait_ready().stateful_set("db")
        assert_stable_identity(db)

    def test_a_deployment_has_no_stable_identity(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_stable_identity(web)
        pinned(failure.value)


class TestNotRecreated:
    def test_a_bare_pod_is_not_recreated(self, kworkload: Any) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        with assert_not_recreated(pod):
            pod.delete()

    def test_an_adopted_pod_is_recreated(self, kworkload: Any, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod(labels={"app": "web"})).wait_ready().pod("pod")
        kworkload.apply(workloads.replica_set(replicas=1)).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_not_recreated(pod):
            pod.delete()
        pinned(failure.value)


class TestRolloutStalled:
    def test_a_wrong_image_stalls_and_the_old_version_stays(self, kworkload: Any) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with assert_rollout_stalled(web) as stalled:
            web.set_image("main", "registry.invalid/web:does-not-exist")
        assert stalled.old_available >= 3

    def test_a_broken_version_without_a_probe_replaces_everything(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=2, pod=workloads.pod_spec(probe=False))).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_rollout_stalled(web):
            web.patch(new_version(command=["sh", "-c", "sleep 3; exit 1"]))
        pinned(failure.value)


class TestYourOwnGuarantees:
    def test_throughout(self, kworkload: Any) -> None:
        with kworkload.record() as record:
            kworkload.apply(workloads.deployment(replicas=2)).wait_ready()
        evidence = assert_throughout(record.pods("app=web"), lambda pods: len(pods) <= 2, says="never more than two pods")
        assert evidence.changes > 2

    def test_not_throughout(self, kworkload: Any, pinned: Pinned) -> None:
        with kworkload.record() as record:
            kworkload.apply([workloads.bare_pod("a"), workloads.bare_pod("b")]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_throughout(record.pods(), lambda pods: len(pods) < 2, says="never two pods at a time")
        pinned(failure.value)

    def test_eventually(self, kworkload: Any) -> None:
        kworkload.apply(workloads.deployment(replicas=2))
        assert len(assert_eventually(kworkload.pods("app=web"), lambda pods: len(pods) == 2, says="two pods")) == 2

    def test_never(self, kworkload: Any, pinned: Pinned) -> None:
        kworkload.apply(workloads.bare_pod(pod=workloads.pod_spec(probe=False))).wait_ready()
        with pytest.raises(WaitTimeout) as failure:
            assert_eventually(kworkload.pods("app=pod"), lambda pods: len(pods) == 2, says="two pods", timeout=1)
        pinned(failure.value)

    def test_consistently(self, kworkload: Any) -> None:
        kworkload.apply(workloads.bare_pod()).wait_ready()
        assert_consistently(kworkload.pods(), lambda pods: len(pods) == 1, says="one pod", duration=1)

    def test_not_consistently(self, kworkload: Any, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        pod.delete()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_consistently(kworkload.pods(), lambda pods: len(pods) == 1, says="one pod", duration=30)
        pinned(failure.value)
