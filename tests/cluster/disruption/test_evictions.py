"""Evictions that a budget refuses."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_eviction_blocked

from .. import workloads
from ..pinned import Pinned


class TestEvictionBlocked:
    def test_an_eviction_is_refused(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.budget(minAvailable=2), workloads.replica_set(replicas=2)]).wait_ready()
        blocked = assert_eviction_blocked(applied.handles[0], applied.replica_set("web").pods()[0])
        assert (blocked.healthy, blocked.needed) == (2, 2)

    def test_a_budget_with_room(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.budget(maxUnavailable=1), workloads.replica_set(replicas=2)]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_eviction_blocked(applied.handles[0], applied.replica_set("web").pods()[0])
        pinned(failure.value)

    def test_a_budget_for_nobody(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.budget(app="nobody", minAvailable=2), workloads.replica_set(replicas=2)]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_eviction_blocked(applied.handles[0], applied.replica_set("web").pods()[0])
        pinned(failure.value)
