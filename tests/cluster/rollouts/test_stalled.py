"""Versions that never become available."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_rollout_stalled

from .. import workloads
from ..actions import ready_deployment, ready_stateful_set
from ..pinned import Pinned


def test_a_wrong_image_stalls_and_the_old_version_stays(kworkload: Namespace) -> None:
    web = ready_deployment(kworkload)
    with assert_rollout_stalled(web) as stalled:
        web.set_image("main", "registry.invalid/web:does-not-exist")
    assert stalled.old_available >= 3


def test_a_broken_version_without_a_probe_replaces_everything(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=2, pod=workloads.pod_spec(probe=False))
    with pytest.raises(GuaranteeViolated) as failure, assert_rollout_stalled(web):
        web.patch(workloads.new_version(command=["sh", "-c", "sleep 3; exit 1"]))
    pinned(failure.value)


def test_a_wrong_image_stops_at_the_first_replica(kworkload: Namespace) -> None:
    db = ready_stateful_set(kworkload)
    with assert_rollout_stalled(db) as stall:
        db.set_image("main", "busybox:does-not-exist")
    assert stall.old_available == 2


def test_a_version_that_does_not_stop(kworkload: Namespace, pinned: Pinned) -> None:
    db = ready_stateful_set(kworkload, replicas=2)
    with pytest.raises(GuaranteeViolated) as failure, assert_rollout_stalled(db):
        db.patch(workloads.new_version())
    pinned(failure.value)
