"""What the volumes of a pod need before its containers start."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_volumes_first

from .. import workloads
from ..pinned import Pinned
from .actions import before_its_settings, said_to_run


class TestVolumesFirst:
    def test_no_container_before_its_volumes(self, kworkload: Namespace) -> None:
        with assert_volumes_first(kworkload.pod("pod", expected=True)) as first:
            before_its_settings(kworkload, workloads.configured())
        assert first.awaited == ("ConfigMap settings",)

    def test_a_volume_that_may_be_missing(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_volumes_first(kworkload.pod("pod", expected=True)):
            before_its_settings(kworkload, workloads.configured(optional=True))
        pinned(failure.value)

    def test_a_pod_that_somebody_says_runs_already(self, kworkload: Namespace, pinned: Pinned) -> None:
        """No kubelet breaks this promise, whatever a user does; somebody who writes the status in its place can say so."""
        pod = workloads.configured()
        pod["spec"]["nodeName"] = "nowhere"
        with pytest.raises(GuaranteeViolated) as failure, assert_volumes_first(kworkload.pod("pod", expected=True)):
            said_to_run(kworkload, pod)
        pinned(failure.value)
