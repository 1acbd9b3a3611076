"""Claims that one pod at a time may use."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_access_mode_enforced

from .. import workloads
from ..pinned import Pinned


class TestAccessModeEnforced:
    def test_a_second_pod_waits(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.claim(mode="ReadWriteOncePod"), workloads.user()]).wait_ready()
        with assert_access_mode_enforced(applied.claim("data"), "ReadWriteOncePod", settle=2) as second:
            kworkload.apply(workloads.user("second"))
        assert second.refused == ("second",)

    def test_a_second_pod_on_the_same_node(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.claim(), workloads.user()]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_access_mode_enforced(applied.claim("data"), "ReadWriteOncePod"):
            kworkload.apply(workloads.user("second"))
        pinned(failure.value)
