"""StatefulSets: updates, scaling, and one pod for each replica."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_at_most_one_per_ordinal,
    assert_ordered_stop,
    assert_ordered_update,
    assert_parallel_management,
    assert_partition,
    assert_scaling_halts,
)

from .. import workloads
from ..pinned import Pinned
from ..workloads import new_version


def applied(kworkload: Namespace, **spec: Any) -> Any:
    """A StatefulSet of three that is ready."""
    return kworkload.apply(workloads.stateful_set(**spec)).wait_ready().stateful_set("db")


class TestOrderedUpdate:
    def test_an_update_goes_from_the_top(self, kworkload: Namespace) -> None:
        db = applied(kworkload)
        with assert_ordered_update(db, max_unavailable=1) as update:
            db.patch(new_version())
        assert update.order == ("db-2", "db-1", "db-0")
        assert update.highest_unavailable == 1

    def test_an_update_that_takes_two_at_a_time(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = applied(kworkload, updateStrategy=workloads.rolling_set(max_unavailable=2))
        with pytest.raises(GuaranteeViolated) as failure, assert_ordered_update(db, max_unavailable=1):
            db.patch(new_version())
        pinned(failure.value)

    def test_an_update_that_is_left_to_the_user(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = applied(kworkload, updateStrategy={"type": "OnDelete"})
        with pytest.raises(GuaranteeViolated) as failure, assert_ordered_update(db):
            db.patch(new_version())
        pinned(failure.value)


class TestPartition:
    def test_a_partition_holds_replicas_back(self, kworkload: Namespace) -> None:
        db = applied(kworkload, updateStrategy=workloads.rolling_set(partition=2))
        with assert_partition(db, 2, settle=1) as canary:
            db.patch(new_version())
            db.pods()[0].delete()
        assert (canary.held, canary.updated) == (("db-0", "db-1"), ("db-2",))

    def test_no_partition_holds_nothing_back(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = applied(kworkload, replicas=2)
        with pytest.raises(GuaranteeViolated) as failure, assert_partition(db, 1, settle=1):
            db.patch(new_version())
        pinned(failure.value)


class TestOrderedStop:
    def test_replicas_go_from_the_top(self, kworkload: Namespace) -> None:
        db = applied(kworkload)
        with assert_ordered_stop(db) as stop:
            db.scale(0)
        assert stop.order == ("db-2", "db-1", "db-0")

    def test_parallel_stop_is_not_ordered(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = workloads.pod_spec()
        pod["containers"][0]["lifecycle"] = {"preStop": {"sleep": {"seconds": 1}}}  # so that one has not ended when the next is told to
        db = applied(kworkload, pod=pod, podManagementPolicy="Parallel")
        with pytest.raises(GuaranteeViolated) as failure, assert_ordered_stop(db):
            db.scale(1)
        pinned(failure.value)


class TestParallelManagement:
    def test_parallel_replicas_do_not_wait(self, kworkload: Namespace) -> None:
        manifest = workloads.stateful_set(podManagementPolicy="Parallel", pod=workloads.pod_spec(ready_after=1))
        with assert_parallel_management(kworkload.stateful_set("db", expected=True)) as start:
            db = kworkload.apply(manifest).stateful_set("db")
        assert len(start.created) == 3
        with assert_parallel_management(db) as stop:
            db.scale(1)
        assert set(stop.removed) == {"db-1", "db-2"}

    def test_ordered_replicas_wait(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_parallel_management(kworkload.stateful_set("db", expected=True)):
            kworkload.apply(workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=1)))
        pinned(failure.value)


class TestAtMostOne:
    def test_a_successor_comes_after_the_processes_have_ended(self, kworkload: Namespace) -> None:
        db = applied(kworkload, replicas=2)
        with assert_at_most_one_per_ordinal(db) as successors:
            db.pods()[0].delete()
        assert successors.replaced == ("db-0",)

    def test_two_of_one_replica_after_a_deletion_by_force(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = applied(kworkload, replicas=2)
        with pytest.raises(GuaranteeViolated) as failure, assert_at_most_one_per_ordinal(db):
            db.pods()[0].delete(grace_seconds=0)
        pinned(failure.value)


class TestScalingHalts:
    def test_scaling_halts_while_a_replica_is_unhealthy(self, kworkload: Namespace) -> None:
        db = applied(kworkload, replicas=2)
        sick = db.pods()[0]
        sick.exec("rm /tmp/ready")
        halt = assert_scaling_halts(db, sick, replicas=3, heal=lambda: sick.exec("touch /tmp/ready"), settle=2)
        assert (halt.unhealthy, halt.replicas) == ("db-0", 3)

    def test_parallel_scaling_does_not_halt(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = applied(kworkload, replicas=2, podManagementPolicy="Parallel")
        sick = db.pods()[0]
        sick.exec("rm /tmp/ready")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_scaling_halts(db, sick, replicas=3, heal=lambda: sick.exec("touch /tmp/ready"))
        pinned(failure.value)
