"""Pods that have a place: ordinals that move, and who comes when a pod has finished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, assert_failed_pod_replaced, assert_immutable, assert_ordinals_shift

from . import workloads

Pinned = Callable[[BaseException], None]

FAIL = {"spec": {"activeDeadlineSeconds": 1}}


class TestOrdinalsShift:
    def test_the_window_moves(self, kworkload: Any) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).wait_ready().stateful_set("db")
        with assert_ordinals_shift(db) as shift:
            db.patch({"spec": {"ordinals": {"start": 1}}})
        assert (shift.removed, shift.kept, shift.created) == (("db-0",), ("db-1",), ("db-2",))

    def test_a_replica_that_is_replaced_meanwhile(self, kworkload: Any, pinned: Pinned) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2)).wait_ready().stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure, assert_ordinals_shift(db):
            db.pods()[1].delete()
            db.patch({"spec": {"ordinals": {"start": 1}}})
        pinned(failure.value)


class TestFailedPodReplaced:
    @pytest.mark.parametrize(
        "manifest",
        [
            pytest.param(workloads.stateful_set(replicas=1), id="StatefulSet"),
            pytest.param(workloads.daemon_set(), id="DaemonSet"),
            pytest.param(workloads.replica_set(replicas=1), id="ReplicaSet"),
        ],
    )
    def test_a_pod_that_failed_is_replaced(self, kworkload: Any, manifest: Any) -> None:
        workload = kworkload.apply(manifest).wait_ready().handles[-1]
        pod = workload.pods()[0]
        with assert_failed_pod_replaced(workload, pod) as failed:
            pod.patch(FAIL)
        assert failed.phase == "Failed"
        assert (failed.replacement == failed.pod) is (workload.kind == "StatefulSet")

    def test_a_failed_replica_that_may_not_come_back(self, kworkload: Any, pinned: Pinned) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=1)).wait_ready().stateful_set("db")
        kworkload.apply(workloads.quota(0)).wait_ready()
        (pod,) = db.pods()
        with pytest.raises(GuaranteeViolated) as failure, assert_failed_pod_replaced(db, pod, timeout=8):
            pod.patch(FAIL)
        pinned(failure.value)


class TestImmutable:
    @pytest.mark.parametrize(
        "spec",
        [
            {"serviceName": "other"},
            {"podManagementPolicy": "Parallel"},
            {"selector": {"matchLabels": {"color": "blue"}}},
            {"volumeClaimTemplates": []},
        ],
        ids=lambda spec: str(next(iter(spec))),
    )
    def test_a_field_that_cannot_be_changed(self, kworkload: Any, spec: dict[str, Any]) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=0, claims=True)).stateful_set("db")
        patch = [{"op": "replace", "path": f"/spec/{name}", "value": value} for name, value in spec.items()]
        assert "is invalid" in assert_immutable(db, patch).message

    def test_a_field_of_a_pod_that_cannot_be_changed(self, kworkload: Any) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")  # until then the scheduler may still give it a node
        assert_immutable(pod, {"spec": {"containers": [{"name": "main", "command": ["sh"]}]}})

    def test_a_field_that_can_be_changed(self, kworkload: Any, pinned: Pinned) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=0)).stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_immutable(db, {"spec": {"minReadySeconds": 1}})
        pinned(failure.value)

    def test_an_image_of_a_pod_can_be_changed(self, kworkload: Any, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_immutable(pod, {"spec": {"containers": [{"name": "main", "image": "busybox:1.36.0"}]}})
        pinned(failure.value)

    def test_a_selector_that_cannot_be_changed(self, kworkload: Any) -> None:
        web = kworkload.apply(workloads.deployment(replicas=0)).deployment("web")
        assert_immutable(web, [{"op": "replace", "path": "/spec/selector", "value": {"matchLabels": {"color": "blue"}}}])

    def test_a_size_that_can_be_changed(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=0)).deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_immutable(web, {"spec": {"replicas": 1}})
        pinned(failure.value)
