"""What a pod's containers are told about the pod."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_downward_identity

from .. import workloads
from ..pinned import Pinned


class TestDownwardIdentity:
    def test_a_pod_knows_itself(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(workloads.informed()).wait_ready().pod("pod")
        assert assert_downward_identity(pod).told == {"NAME": "pod", "NODE": pod.node, "COLOUR": "red"}

    def test_a_variable_that_is_out_of_date(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.informed()).wait_ready().pod("pod")
        pod.patch({"metadata": {"labels": {"colour": "blue"}}})
        with pytest.raises(GuaranteeViolated) as failure:
            assert_downward_identity(pod)
        pinned(failure.value)
