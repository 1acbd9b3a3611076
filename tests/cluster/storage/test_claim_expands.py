"""Claims that are made larger."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_claim_bound, assert_claim_expands

from .. import workloads
from ..actions import growing_claim
from ..pinned import Pinned


class TestClaimExpands:
    def test_a_claim_grows(self, kworkload: Namespace) -> None:
        assert assert_claim_expands(growing_claim(kworkload), "2Mi").capacity == "2Mi"

    def test_a_class_that_does_not_let_claims_grow(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        assert_claim_bound(claim)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_claim_expands(claim, "2Mi")
        pinned(failure.value)
