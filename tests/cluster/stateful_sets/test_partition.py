"""The replicas that a partition holds back."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_partition

from .. import workloads
from ..actions import ready_stateful_set
from ..pinned import Pinned
from ..workloads import new_version


class TestPartition:
    def test_a_partition_holds_replicas_back(self, kworkload: Namespace) -> None:
        db = ready_stateful_set(kworkload, updateStrategy=workloads.rolling_set(partition=2))
        with assert_partition(db, 2, settle=1) as canary:
            db.patch(new_version())
            db.pods()[0].delete()
        assert (canary.held, canary.updated) == (("db-0", "db-1"), ("db-2",))

    def test_no_partition_holds_nothing_back(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = ready_stateful_set(kworkload, replicas=2)
        with pytest.raises(GuaranteeViolated) as failure, assert_partition(db, 1, settle=1):
            db.patch(new_version())
        pinned(failure.value)
