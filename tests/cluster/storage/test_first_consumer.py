"""A claim that waits for its first pod."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_waits_for_first_consumer

from .. import workloads
from ..pinned import Pinned


class TestFirstConsumer:
    def test_a_claim_waits_for_its_first_pod(self, kworkload: Namespace) -> None:
        claim = kworkload.apply(workloads.claim()).claim("data")
        with assert_waits_for_first_consumer(claim, settle=2) as waited:
            pod = kworkload.apply(workloads.user()).wait_ready().pod("user")
        assert waited.node == pod.node

    def test_a_claim_that_is_bound_at_once(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        with pytest.raises(GuaranteeViolated) as failure, assert_waits_for_first_consumer(claim):
            kworkload.apply(workloads.user())
        pinned(failure.value)
