"""Pods that are deleted, and what comes after them."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_not_recreated, assert_self_heals

from .. import workloads
from ..pinned import Pinned


class TestSelfHeals:
    @pytest.mark.parametrize("kind", ["deployment", "replica_set", "daemon_set", "stateful_set"])
    def test_self_heals(self, kworkload: Namespace, kind: str) -> None:
        applied = kworkload.apply(getattr(workloads, kind)("web")).wait_ready()
        evidence = assert_self_heals(getattr(applied, kind)("web"))
        assert evidence.replacement.uid != evidence.victim.uid

    def test_does_not_heal_while_a_quota_forbids_it(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.replica_set()).wait_ready().replica_set("web")
        kworkload.apply(workloads.quota(0)).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_self_heals(web, timeout=15)
        pinned(failure.value)


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
