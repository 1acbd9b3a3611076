"""What is on volumes, and who may use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    assert_access_mode_enforced,
    assert_data_persists,
    assert_no_lost_updates,
    assert_shared_across_nodes,
    assert_volume_lifetime,
)

from . import workloads
from .test_claims import user

Pinned = Callable[[BaseException], None]

EMPTY_DIR: dict[str, Any] = {"emptyDir": {}}


def with_shared_claim(pod: dict[str, Any] | None = None, *, replicas: int = 2) -> list[dict[str, Any]]:
    """A Deployment whose pods share a claim of all nodes."""
    claim = workloads.claim(storage_class="shared", mode="ReadWriteMany")
    return [claim, workloads.deployment(replicas=replicas, pod=workloads.mounting("data", pod=pod))]


class TestDataPersists:
    def test_data_outlives_its_pod(self, kworkload: Any) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=1, claims=True)).stateful_set("db")
        assert assert_data_persists(db, "/data").claim == "data-db-0"

    def test_data_on_an_empty_dir(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=1, pod=workloads.mounting(EMPTY_DIR))).deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_data_persists(web, "/data")
        pinned(failure.value)

    def test_data_that_is_found_by_luck(self, kworkload: Any, pinned: Pinned) -> None:
        pod = {**workloads.mounting({"hostPath": {"path": "/tmp"}}), "nodeName": "node-0"}
        web = kworkload.apply(workloads.deployment(replicas=1, pod=pod)).deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_data_persists(web, "/data")
        pinned(failure.value)


class TestNoLostUpdates:
    def test_replicas_with_claims_of_their_own(self, kworkload: Any) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).stateful_set("db")
        assert assert_no_lost_updates(db, "/data").recorded == 6

    def test_replicas_that_share_a_claim(self, kworkload: Any, pinned: Pinned) -> None:
        web = kworkload.apply(with_shared_claim(replicas=3)).deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_no_lost_updates(web, "/data", increments=1)
        pinned(failure.value)


class TestSharedAcrossNodes:
    def test_nodes_share_a_volume(self, kworkload: Any) -> None:
        web = kworkload.apply(with_shared_claim(workloads.apart(workloads.pod_spec(), "web"))).deployment("web")
        assert len(assert_shared_across_nodes(web, "/data").nodes) == 2

    def test_nodes_that_share_nothing(self, kworkload: Any, pinned: Pinned) -> None:
        db = workloads.stateful_set(replicas=2, claims=True, pod=workloads.apart(workloads.pod_spec(), "db"))
        with pytest.raises(GuaranteeViolated) as failure:
            assert_shared_across_nodes(kworkload.apply(db).stateful_set("db"), "/data")
        pinned(failure.value)


class TestVolumeLifetime:
    def test_an_empty_dir_outlives_a_container(self, kworkload: Any) -> None:
        spec = workloads.mounting(EMPTY_DIR, pod=workloads.pod_spec(command=workloads.STOPPABLE))
        pod = kworkload.apply(workloads.bare_pod(pod=spec)).wait_ready().pod("pod")
        with assert_volume_lifetime(pod, "data") as lived:
            pod.exec(workloads.STOP)
        assert lived.restarts == 1

    def test_an_ephemeral_claim_ends_with_its_pod(self, kworkload: Any) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.mounting(workloads.ephemeral()))).wait_ready().pod("pod")
        with assert_volume_lifetime(pod, "data") as lived:
            pod.delete()
        assert lived.claim == "pod-data"

    def test_a_program_that_empties_its_volume(self, kworkload: Any, pinned: Pinned) -> None:
        command = f"rm -f /data/.[!.]*; {workloads.STOPPABLE}"
        spec = workloads.mounting(EMPTY_DIR, pod=workloads.pod_spec(command=command))
        pod = kworkload.apply(workloads.bare_pod(pod=spec)).wait_ready().pod("pod")
        with pytest.raises(GuaranteeViolated) as failure, assert_volume_lifetime(pod, "data"):
            pod.exec(workloads.STOP)
        pinned(failure.value)


class TestAccessModeEnforced:
    def test_a_second_pod_waits(self, kworkload: Any) -> None:
        applied = kworkload.apply([workloads.claim(mode="ReadWriteOncePod"), user()]).wait_ready()
        with assert_access_mode_enforced(applied.claim("data"), "ReadWriteOncePod", settle=2) as second:
            kworkload.apply(user("second"))
        assert second.refused == ("second",)

    def test_a_second_pod_on_the_same_node(self, kworkload: Any, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.claim(), user()]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_access_mode_enforced(applied.claim("data"), "ReadWriteOncePod"):
            kworkload.apply(user("second"))
        pinned(failure.value)
