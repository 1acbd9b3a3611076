"""Where pods are placed, and where not."""

from __future__ import annotations

import zlib
from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_follows_volumes,
    assert_pod_affinity,
    assert_preempts,
    assert_topology_spread,
    assert_unschedulable,
)

from .. import workloads
from ..pinned import Pinned

HOSTNAME = "kubernetes.io/hostname"


class TestUnschedulable:
    def test_a_pod_that_is_too_large(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1000"))).pod("pod")
        assert assert_unschedulable(pod, "Insufficient cpu", settle=2).reason == "Unschedulable"

    def test_a_pod_behind_a_gate(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", schedulingGates=[{"name": "example.com/wait"}]))).pod("pod")
        assert_unschedulable(pod, "SchedulingGated", settle=2)

    def test_a_pod_that_a_node_takes(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", nodeSelector={HOSTNAME: "node-1"}))).pod("pod")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_unschedulable(pod, "Insufficient cpu", settle=2)
        pinned(failure.value)

    def test_a_pod_that_waits_for_another_reason(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", nodeSelector={HOSTNAME: "nowhere"}))).pod("pod")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_unschedulable(pod, "Insufficient cpu", settle=1)
        pinned(failure.value)


class TestTopologySpread:
    @pytest.mark.kworkload(nodes=3)
    def test_pods_are_spread(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.deployment(replicas=2, pod=workloads.spread())).wait_ready().deployment("web")
        with assert_topology_spread(web, HOSTNAME) as spread:
            web.scale(5)
        assert spread.highest_skew == 1

    @pytest.mark.kworkload(nodes=3)
    def test_pods_that_are_spread_by_luck(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = workloads.spread(unsatisfiable="ScheduleAnyway")
        web = kworkload.apply(workloads.deployment(replicas=1, pod=pod)).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_topology_spread(web, HOSTNAME):
            web.scale(3)
        pinned(failure.value)

    @pytest.mark.kworkload(nodes=3)
    def test_pods_that_name_their_node(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.spread(), "nodeName": "node-0"}
        web = kworkload.apply(workloads.replica_set(replicas=1, pod=pod)).wait_ready().replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_topology_spread(web, HOSTNAME):
            web.scale(2)
        pinned(failure.value)


@pytest.mark.kworkload(nodes=3)
class TestPodAffinity:
    def test_pods_apart(self, kworkload: Namespace) -> None:
        web = kworkload.apply(workloads.replica_set(replicas=1, pod=workloads.apart(workloads.pod_spec(), "web"))).wait_ready()
        with assert_pod_affinity(web.replica_set("web"), HOSTNAME, "apart") as affinity:
            web.replica_set("web").scale(3)
        assert len(set(affinity.placed.values())) == 2

    def test_pods_together(self, kworkload: Namespace) -> None:
        kworkload.apply(workloads.bare_pod("cache", pod={**workloads.pod_spec(), "nodeSelector": {HOSTNAME: "node-1"}})).wait_ready()
        web = kworkload.replica_set("web", expected=True)
        with assert_pod_affinity(web, HOSTNAME, "together") as affinity:
            kworkload.apply(workloads.replica_set(replicas=2, pod=workloads.together(workloads.pod_spec(), "cache")))
        assert set(affinity.placed.values()) == {"node-1"}

    def test_pods_that_must_be_apart_and_name_their_node(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeName": "node-0"}
        web = kworkload.apply(workloads.replica_set(replicas=1, pod=pod)).wait_ready().replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_pod_affinity(web, HOSTNAME, "apart"):
            web.scale(2)
        pinned(failure.value)


def preemptor(kworkload: Namespace, value: int = 1000, port: int = 0, **more: Any) -> dict[str, Any]:
    """A pod of some priority for a port that another pod of the test holds; 0: the same one."""
    held = 20000 + zlib.crc32(kworkload.name.encode()) % 10000  # the port is the node's, and so shared by all tests
    important = f"{kworkload.name}-important"
    kworkload.apply(workloads.priority_class(important, value, **more))
    kworkload.apply(workloads.bare_pod("low", pod=workloads.holding(held))).wait_ready()
    return workloads.bare_pod("high", pod=workloads.holding(port or held, priorityClassName=important))


class TestPreempts:
    def test_a_pod_makes_room_for_a_more_important_one(self, kworkload: Namespace) -> None:
        high = preemptor(kworkload)
        with assert_preempts(kworkload.pod("high", expected=True), victims=1) as preemption:
            kworkload.apply(high)
        assert (preemption.victims, preemption.node) == (("low",), "node-0")

    def test_a_pod_that_is_not_more_important(self, kworkload: Namespace, pinned: Pinned) -> None:
        high = preemptor(kworkload, value=0)
        with pytest.raises(GuaranteeViolated) as failure, assert_preempts(kworkload.pod("high", expected=True), timeout=2):
            kworkload.apply(high)
        pinned(failure.value)


@pytest.mark.kworkload(nodes=2)
class TestFollowsVolumes:
    def test_a_replica_comes_back_to_its_volume(self, kworkload: Namespace) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).wait_ready().stateful_set("db")
        with assert_follows_volumes(db) as followed:
            db.pods()[1].delete()
        assert followed.placed.keys() == {"db-1"}

    def test_a_replica_that_is_sent_away_from_its_volume(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeSelector": {HOSTNAME: "node-0"}}
        db = kworkload.apply(workloads.stateful_set(replicas=1, claims=True, pod=pod)).wait_ready().stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure, assert_follows_volumes(db, timeout=6):
            db.patch({"spec": {"template": {"spec": {"nodeSelector": None, "nodeName": "node-1"}}}})
        pinned(failure.value)
