"""When a pod is Ready."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_not_ready_before, assert_pod_ready

from .. import workloads
from ..pinned import Pinned
from .actions import GATE, bare, containers_ready


class TestPodReady:
    def test_a_pod_becomes_ready(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(bare()).pod("pod")
        assert assert_pod_ready(pod).containers == ("main",)

    def test_ready_without_a_signal(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.pod_spec(probe=False))).pod("pod")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_pod_ready(pod)
        pinned(failure.value)

    def test_a_pod_that_does_not_become_ready(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(bare(readinessGates=[{"conditionType": GATE}])).pod("pod")
        containers_ready(kworkload)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_pod_ready(pod, timeout=1)
        pinned(failure.value)


class TestNotReadyBefore:
    def test_a_gate_holds_a_pod_back(self, kworkload: Namespace) -> None:
        pod = kworkload.pod("pod", expected=True)
        with assert_not_ready_before(pod, GATE) as held:
            kworkload.apply(bare(readinessGates=[{"conditionType": GATE}]))
            containers_ready(kworkload)
            pod.set_condition(GATE)
        assert held.seconds > 0

    @pytest.mark.parametrize(
        ("what", "probes"),
        [
            ("startupProbe", {"startupProbe": workloads.READINESS}),
            ("initialDelaySeconds", {"readinessProbe": {**workloads.READINESS, "initialDelaySeconds": 2}}),
        ],
    )
    def test_a_probe_holds_a_pod_back(self, kworkload: Namespace, what: str, probes: dict[str, Any]) -> None:
        slow = workloads.pod_spec(ready_after=2)["containers"][0]
        with assert_not_ready_before(kworkload.pod("pod", expected=True), what) as held:
            kworkload.apply(bare(containers=[{**slow, **probes}]))
        assert held.seconds > 1

    def test_a_pod_that_somebody_says_is_ready(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.pod("pod", expected=True)
        with pytest.raises(GuaranteeViolated) as failure, assert_not_ready_before(pod, GATE):
            kworkload.apply(bare(readinessGates=[{"conditionType": GATE}]))
            containers_ready(kworkload)
            pod.set_condition("Ready")
            pod.set_condition(GATE)
        pinned(failure.value)
