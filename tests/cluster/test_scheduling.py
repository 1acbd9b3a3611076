"""Where pods are placed, and where not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, assert_topology_spread, assert_unschedulable

from . import workloads

Pinned = Callable[[BaseException], None]

HOSTNAME = "kubernetes.io/hostname"


class TestUnschedulable:
    def test_a_pod_that_is_too_large(self, kworkload: Any) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1000"))).pod("pod")
        assert assert_unschedulable(pod, "Insufficient cpu", settle=2).reason == "Unschedulable"

    def test_a_pod_behind_a_gate(self, kworkload: Any) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", schedulingGates=[{"name": "example.com/wait"}]))).pod("pod")
        assert_unschedulable(pod, "SchedulingGated", settle=2)

    def test_a_pod_that_a_node_takes(self, kworkload: Any, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", nodeSelector={HOSTNAME: "node-1"}))).pod("pod")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_unschedulable(pod, "Insufficient cpu", settle=2)
        pinned(failure.value)

    def test_a_pod_that_waits_for_another_reason(self, kworkload: Any, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", nodeSelector={HOSTNAME: "nowhere"}))).pod("pod")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_unschedulable(pod, "Insufficient cpu", settle=1)
        pinned(failure.value)


class TestTopologySpread:
    @pytest.mark.kworkload(nodes=3)
    def test_pods_are_spread(self, kworkload: Any) -> None:
        web = kworkload.apply(workloads.deployment(replicas=2, pod=workloads.spread())).wait_ready().deployment("web")
        with assert_topology_spread(web, HOSTNAME) as spread:
            web.scale(5)
        assert spread.highest_skew == 1

    @pytest.mark.kworkload(nodes=3)
    def test_pods_that_are_spread_by_luck(self, kworkload: Any, pinned: Pinned) -> None:
        pod = workloads.spread(unsatisfiable="ScheduleAnyway")
        web = kworkload.apply(workloads.deployment(replicas=1, pod=pod)).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_topology_spread(web, HOSTNAME):
            web.scale(3)
        pinned(failure.value)

    @pytest.mark.kworkload(nodes=3)
    def test_pods_that_name_their_node(self, kworkload: Any, pinned: Pinned) -> None:
        pod = {**workloads.spread(), "nodeName": "node-0"}
        web = kworkload.apply(workloads.replica_set(replicas=1, pod=pod)).wait_ready().replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_topology_spread(web, HOSTNAME):
            web.scale(2)
        pinned(failure.value)
