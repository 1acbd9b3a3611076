"""Guarantees of your own."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, WaitTimeout, assert_consistently, assert_eventually, assert_throughout

from . import workloads
from .pinned import Pinned


class TestYourOwnGuarantees:
    def test_throughout(self, kworkload: Namespace) -> None:
        with kworkload.record() as record:
            kworkload.apply(workloads.deployment(replicas=2)).wait_ready()
        evidence = assert_throughout(record.pods("app=web"), lambda pods: len(pods) <= 2, says="never more than two pods")
        assert evidence.changes > 2

    def test_not_throughout(self, kworkload: Namespace, pinned: Pinned) -> None:
        with kworkload.record() as record:
            kworkload.apply([workloads.bare_pod("a"), workloads.bare_pod("b")]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_throughout(record.pods(), lambda pods: len(pods) < 2, says="never two pods at a time")
        pinned(failure.value)

    def test_eventually(self, kworkload: Namespace) -> None:
        kworkload.apply(workloads.deployment(replicas=2))
        assert len(assert_eventually(kworkload.pods("app=web"), lambda pods: len(pods) == 2, says="two pods")) == 2

    def test_never(self, kworkload: Namespace, pinned: Pinned) -> None:
        kworkload.apply(workloads.bare_pod(pod=workloads.pod_spec(probe=False))).wait_ready()
        with pytest.raises(WaitTimeout) as failure:
            assert_eventually(kworkload.pods("app=pod"), lambda pods: len(pods) == 2, says="two pods", timeout=1)
        pinned(failure.value)

    def test_consistently(self, kworkload: Namespace) -> None:
        kworkload.apply(workloads.bare_pod()).wait_ready()
        assert_consistently(kworkload.pods(), lambda pods: len(pods) == 1, says="one pod", duration=1)

    def test_not_consistently(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        pod.delete()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_consistently(kworkload.pods(), lambda pods: len(pods) == 1, says="one pod", duration=30)
        pinned(failure.value)
