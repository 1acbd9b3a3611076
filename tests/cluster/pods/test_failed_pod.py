"""Pods that have finished, and those that come for them."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, Workload, assert_failed_pod_replaced

from .. import workloads
from ..pinned import Pinned

FAIL = {"spec": {"activeDeadlineSeconds": 1}}


class TestFailedPodReplaced:
    @pytest.mark.parametrize(
        "manifest",
        [
            pytest.param(workloads.stateful_set(replicas=1), id="StatefulSet"),
            pytest.param(workloads.daemon_set(), id="DaemonSet"),
            pytest.param(workloads.replica_set(replicas=1), id="ReplicaSet"),
        ],
    )
    def test_a_pod_that_failed_is_replaced(self, kworkload: Namespace, manifest: Any) -> None:
        workload = kworkload.apply(manifest).wait_ready().find(Workload, None)
        pod = workload.pods()[0]
        with assert_failed_pod_replaced(workload, pod) as failed:
            pod.patch(FAIL)
        assert failed.phase == "Failed"
        assert (failed.replacement == failed.pod) is (workload.kind == "StatefulSet")

    def test_a_failed_replica_that_may_not_come_back(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=1)).wait_ready().stateful_set("db")
        kworkload.apply(workloads.quota(0)).wait_ready()
        (pod,) = db.pods()
        with pytest.raises(GuaranteeViolated) as failure, assert_failed_pod_replaced(db, pod, timeout=8):
            pod.patch(FAIL)
        pinned(failure.value)
