"""The order in which replicas start."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_ordered_start

from .. import workloads
from ..pinned import Pinned


class TestOrderedStart:
    def test_ordered_start(self, kworkload: Namespace) -> None:
        with assert_ordered_start(kworkload.stateful_set("db", expected=True)):
            kworkload.apply(workloads.stateful_set(pod=workloads.pod_spec(ready_after=0.5)))

    def test_parallel_start_is_not_ordered(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2), podManagementPolicy="Parallel")
        with pytest.raises(GuaranteeViolated) as failure, assert_ordered_start(kworkload.stateful_set("db", expected=True)):
            kworkload.apply(manifest)
        pinned(failure.value)
