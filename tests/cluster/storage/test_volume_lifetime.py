"""How long an ephemeral volume lives."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_volume_lifetime

from .. import workloads
from ..pinned import Pinned


class TestVolumeLifetime:
    def test_an_empty_dir_outlives_a_container(self, kworkload: Namespace) -> None:
        spec = workloads.mounting({"emptyDir": {}}, pod=workloads.pod_spec(command=workloads.STOPPABLE))
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
        spec = workloads.mounting({"emptyDir": {}}, pod=workloads.pod_spec(command=command))
        pod = kworkload.apply(workloads.bare_pod(pod=spec)).wait_ready().pod("pod")
        with pytest.raises(GuaranteeViolated) as failure, assert_volume_lifetime(pod, "data"):
            pod.exec(workloads.STOP)
        pinned(failure.value)
