"""The order in which sidecars start and end."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_sidecar_order

from .. import workloads
from ..pinned import Pinned
from .actions import applied, bare, container


class TestSidecarOrder:
    def test_a_sidecar_starts_first_and_ends_last(self, kworkload: Namespace) -> None:
        pod = kworkload.pod("pod", expected=True)
        with assert_sidecar_order(pod) as start:
            kworkload.apply(bare(initContainers=[workloads.sidecar(startupProbe=workloads.READINESS)]))
        assert start.started
        with assert_sidecar_order(pod) as end:
            pod.delete()
        assert set(end.ends) == {"main", "side"}

    def test_a_sidecar_that_ends_too_early(self, kworkload: Namespace, pinned: Pinned) -> None:
        slow = container(command=["sh", "-c", "trap 'sleep 3; exit 0' TERM; touch /tmp/ready; while :; do sleep 1 & wait $!; done"])
        hasty = workloads.sidecar(lifecycle=workloads.pre_stop("kill -TERM 1"))
        pod = applied(kworkload, containers=slow, initContainers=[hasty], terminationGracePeriodSeconds=10)
        with pytest.raises(GuaranteeViolated) as failure, assert_sidecar_order(pod):
            pod.delete()
        pinned(failure.value)
