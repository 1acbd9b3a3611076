"""The order in which the init containers of a pod run."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_init_order

from .. import workloads
from ..pinned import Pinned
from .actions import bare


class TestInitOrder:
    def test_init_containers_run_one_by_one(self, kworkload: Namespace) -> None:
        steps = [workloads.init_container("one", "sleep 1"), workloads.sidecar(), workloads.init_container("two", "true")]
        with assert_init_order(kworkload.pod("pod", expected=True)) as start:
            kworkload.apply(bare(initContainers=steps))
        assert (start.order, start.started) == (("one", "two"), ("main",))

    def test_a_pod_that_fails_in_its_init(self, kworkload: Namespace) -> None:
        steps = [workloads.init_container("one", "false"), workloads.init_container("two", "true")]
        with assert_init_order(kworkload.pod("pod", expected=True)) as start:
            kworkload.apply(bare(initContainers=steps, restartPolicy="Never"))
        assert (start.order, start.started) == (("one",), ())

    def test_a_sidecar_is_not_waited_for(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_init_order(kworkload.pod("pod", expected=True)):
            kworkload.apply(bare(initContainers=[workloads.sidecar()]))
        pinned(failure.value)

    def test_a_pod_that_somebody_says_is_not_initialized(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.pod("pod", expected=True)
        with pytest.raises(GuaranteeViolated) as failure, assert_init_order(pod):
            kworkload.apply(bare(initContainers=[workloads.init_container("one", "true")])).wait_ready()
            pod.set_condition("Initialized", False)
        pinned(failure.value)
