"""What is on volumes, and who may use them."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_access_mode_enforced, assert_volume_lifetime

from .. import workloads
from ..pinned import Pinned
from .test_claims import user

EMPTY_DIR: dict[str, Any] = {"emptyDir": {}}


def with_shared_claim(pod: dict[str, Any] | None = None, *, replicas: int = 2) -> list[dict[str, Any]]:
    """A Deployment whose pods share a claim of all nodes."""
    claim = workloads.claim(storage_class="shared", mode="ReadWriteMany")
    return [claim, workloads.deployment(replicas=replicas, pod=workloads.mounting("data", pod=pod))]


class TestVolumeLifetime:
    def test_an_empty_dir_outlives_a_container(self, kworkload: Namespace) -> None:
        spec = workloads.mounting(EMPTY_DIR, pod=workloads.pod_spec(command=workloads.STOPPABLE))
        pod = kworkload.apply(workloads.bare_pod(pod=spec)).wait_ready().pod("pod")
        with assert_volume_lifetime(pod, "data") as lived:
            pod.exec(workloads.STOP)
        assert lived.restarts == 1

    def test_an_ephemeral_claim_ends_with_its_pod(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(workloads.bare_pod(pod=workloads.mounting(workloads.ephemeral()))).wait_ready().pod("pod")
        with assert_volume_lifetime(pod, "data") as lived:
            pod.delete()
        assert lived.claim == "pod-data"

    def test_a_program_that_empties_its_volume(self, kworkload: Namespace, pinned: Pinned) -> None:
        command = f"rm -f /data/.[!.]*; {workloads.STOPPABLE}"
        spec = workloads.mounting(EMPTY_DIR, pod=workloads.pod_spec(command=command))
        pod = kworkload.apply(workloads.bare_pod(pod=spec)).wait_ready().pod("pod")
        with pytest.raises(GuaranteeViolated) as failure, assert_volume_lifetime(pod, "data"):
            pod.exec(workloads.STOP)
        pinned(failure.value)


class TestAccessModeEnforced:
    def test_a_second_pod_waits(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.claim(mode="ReadWriteOncePod"), user()]).wait_ready()
        with assert_access_mode_enforced(applied.claim("data"), "ReadWriteOncePod", settle=2) as second:
            kworkload.apply(user("second"))
        assert second.refused == ("second",)

    def test_a_second_pod_on_the_same_node(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.claim(), user()]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_access_mode_enforced(applied.claim("data"), "ReadWriteOncePod"):
            kworkload.apply(user("second"))
        pinned(failure.value)
