"""Pods that come back."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_self_heals

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
