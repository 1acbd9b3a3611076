"""A pod that no node can take."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_unschedulable

from .. import workloads
from ..pinned import Pinned

HOSTNAME = "kubernetes.io/hostname"


def test_a_pod_that_is_too_large(kworkload: Namespace) -> None:
    pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1000"))).pod("pod")
    assert assert_unschedulable(pod, "Insufficient cpu", settle=2).reason == "Unschedulable"


def test_a_pod_behind_a_gate(kworkload: Namespace) -> None:
    pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", schedulingGates=[{"name": "example.com/wait"}]))).pod("pod")
    assert_unschedulable(pod, "SchedulingGated", settle=2)


def test_a_pod_that_a_node_takes(kworkload: Namespace, pinned: Pinned) -> None:
    pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", nodeSelector={HOSTNAME: "node-1"}))).pod("pod")
    with pytest.raises(GuaranteeViolated) as failure:
        assert_unschedulable(pod, "Insufficient cpu", settle=2)
    pinned(failure.value)


def test_a_pod_that_waits_for_another_reason(kworkload: Namespace, pinned: Pinned) -> None:
    pod = kworkload.apply(workloads.bare_pod(pod=workloads.asking("1m", nodeSelector={HOSTNAME: "nowhere"}))).pod("pod")
    with pytest.raises(GuaranteeViolated) as failure:
        assert_unschedulable(pod, "Insufficient cpu", settle=1)
    pinned(failure.value)
