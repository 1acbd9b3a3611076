"""Pods that go on running, whatever happens around them."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_undisturbed

from .. import workloads
from ..pinned import Pinned


def test_a_pod_that_is_evicted_meanwhile(kworkload: Namespace, pinned: Pinned) -> None:
    web = kworkload.apply(workloads.replica_set(replicas=2)).wait_ready().replica_set("web")
    with pytest.raises(GuaranteeViolated) as failure, assert_undisturbed(web):
        web.pods()[0].evict()
    pinned(failure.value)
