"""One pod at a time for each replica."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_at_most_one_per_ordinal

from ..actions import ready_stateful_set
from ..pinned import Pinned


class TestAtMostOne:
    def test_a_successor_comes_after_the_processes_have_ended(self, kworkload: Namespace) -> None:
        db = ready_stateful_set(kworkload, replicas=2)
        with assert_at_most_one_per_ordinal(db) as successors:
            db.pods()[0].delete()
        assert successors.replaced == ("db-0",)

    def test_two_of_one_replica_after_a_deletion_by_force(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = ready_stateful_set(kworkload, replicas=2)
        with pytest.raises(GuaranteeViolated) as failure, assert_at_most_one_per_ordinal(db):
            db.pods()[0].delete(grace_seconds=0)
        pinned(failure.value)
