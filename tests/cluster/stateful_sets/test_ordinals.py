"""StatefulSets: the numbers of the replicas."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_ordinals_shift

from .. import workloads
from ..pinned import Pinned


class TestOrdinalsShift:
    def test_the_window_moves(self, kworkload: Namespace) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).wait_ready().stateful_set("db")
        with assert_ordinals_shift(db) as shift:
            db.patch({"spec": {"ordinals": {"start": 1}}})
        assert (shift.removed, shift.kept, shift.created) == (("db-0",), ("db-1",), ("db-2",))

    def test_a_replica_that_is_replaced_meanwhile(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2)).wait_ready().stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure, assert_ordinals_shift(db):
            db.pods()[1].delete()
            db.patch({"spec": {"ordinals": {"start": 1}}})
        pinned(failure.value)
