"""How a StatefulSet scales."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_ordered_stop, assert_parallel_management, assert_scaling_halts

from .. import workloads
from ..actions import ready_stateful_set
from ..pinned import Pinned


class TestOrderedStop:
    def test_replicas_go_from_the_top(self, kworkload: Namespace) -> None:
        db = ready_stateful_set(kworkload)
        with assert_ordered_stop(db) as stop:
            db.scale(0)
        assert stop.order == ("db-2", "db-1", "db-0")

    def test_parallel_stop_is_not_ordered(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = workloads.pod_spec()
        pod["containers"][0]["lifecycle"] = {"preStop": {"sleep": {"seconds": 1}}}  # so that one has not ended when the next is told to
        db = ready_stateful_set(kworkload, pod=pod, podManagementPolicy="Parallel")
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


class TestScalingHalts:
    def test_scaling_halts_while_a_replica_is_unhealthy(self, kworkload: Namespace) -> None:
        db = ready_stateful_set(kworkload, replicas=2)
        sick = db.pods()[0]
        sick.exec("rm /tmp/ready")
        halt = assert_scaling_halts(db, sick, replicas=3, heal=lambda: sick.exec("touch /tmp/ready"), settle=2)
        assert (halt.unhealthy, halt.replicas) == ("db-0", 3)

    def test_parallel_scaling_does_not_halt(self, kworkload: Namespace, pinned: Pinned) -> None:
        db = ready_stateful_set(kworkload, replicas=2, podManagementPolicy="Parallel")
        sick = db.pods()[0]
        sick.exec("rm /tmp/ready")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_scaling_halts(db, sick, replicas=3, heal=lambda: sick.exec("touch /tmp/ready"))
        pinned(failure.value)
