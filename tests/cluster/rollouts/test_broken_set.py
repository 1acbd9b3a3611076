"""A broken version of a StatefulSet."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_rollout_stalled

from ..pinned import Pinned
from ..stateful_sets.test_updates_and_scaling import applied
from ..workloads import new_version


class TestRolloutStalled:
    def test_a_wrong_image_stops_at_the_first_replica(self, kworkload: Namespace) -> None:
        db = applied(kworkload)
        with assert_rollout_stalled(db) as stall:
            db.set_image("main", "busybox:does-not-exist")
        assert stall.old_available == 2

    def test_a_version_that_does_not_stop(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = applied(kworkload, replicas=2)
        with pytest.raises(GuaranteeViolated) as failure, assert_rollout_stalled(db):
            db.patch(new_version())
        pinned(failure.value)
