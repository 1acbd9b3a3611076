"""The order in which replicas are updated."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_ordered_update

from .. import workloads
from ..actions import ready_stateful_set
from ..pinned import Pinned
from ..workloads import new_version


class TestOrderedUpdate:
    def test_an_update_goes_from_the_top(self, kworkload: Namespace) -> None:
        db = ready_stateful_set(kworkload)
        with assert_ordered_update(db, max_unavailable=1) as update:
            db.patch(new_version())
        assert update.order == ("db-2", "db-1", "db-0")
        assert update.highest_unavailable == 1

    def test_an_update_that_takes_two_at_a_time(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = ready_stateful_set(kworkload, updateStrategy=workloads.rolling_set(max_unavailable=2))
        with pytest.raises(GuaranteeViolated) as failure, assert_ordered_update(db, max_unavailable=1):
            db.patch(new_version())
        pinned(failure.value)

    def test_an_update_that_is_left_to_the_user(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = ready_stateful_set(kworkload, updateStrategy={"type": "OnDelete"})
        with pytest.raises(GuaranteeViolated) as failure, assert_ordered_update(db):
            db.patch(new_version())
        pinned(failure.value)
