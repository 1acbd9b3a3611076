"""What a claim says about its use."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_unused_condition

from .. import workloads
from ..pinned import Pinned


class TestUnusedCondition:
    def test_a_claim_says_who_uses_it(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.claim(storage_class="shared"), workloads.user()]).wait_ready()
        with assert_unused_condition(applied.claim("data")) as condition:
            applied.pod("user").delete()
            applied.pod("user").wait_deleted()
        assert condition.unused

    def test_a_claim_that_is_used_all_the_time(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.claim(storage_class="shared"), workloads.user()]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_unused_condition(applied.claim("data")):
            applied.pod("user").exec("true")
        pinned(failure.value)

    def test_a_claim_that_nobody_binds(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="nobody")).claim("data")
        with pytest.raises(GuaranteeViolated) as failure, assert_unused_condition(claim):
            kworkload.apply(workloads.user())
        pinned(failure.value)
