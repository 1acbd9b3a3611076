"""Pods that do not come back."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_not_recreated

from .. import workloads
from ..pinned import Pinned


class TestNotRecreated:
    def test_a_bare_pod_is_not_recreated(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        with assert_not_recreated(pod):
            pod.delete()

    def test_an_adopted_pod_is_recreated(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod(labels={"app": "web"})).wait_ready().pod("pod")
        kworkload.apply(workloads.replica_set(replicas=1)).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_not_recreated(pod):
            pod.delete()
        pinned(failure.value)
