"""A claim and its volume."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_claim_bound

from .. import workloads
from ..pinned import Pinned


class TestClaimBound:
    def test_a_claim_of_the_shared_class(self, kworkload: Namespace) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared", mode="ReadWriteMany")).claim("data")
        assert assert_claim_bound(claim, storage_class="shared").capacity == "1Mi"

    def test_a_claim_of_the_default_class(self, kworkload: Namespace) -> None:
        claim = kworkload.apply([workloads.claim(), workloads.user()]).claim("data")
        assert assert_claim_bound(claim, storage_class="standard").storage_class == "standard"

    def test_a_claim_takes_a_volume_that_somebody_made(self, kworkload: Namespace) -> None:
        name = f"{kworkload.name}-made"
        claim = kworkload.apply([workloads.volume(name), workloads.claim(storage_class="", volumeName=name)]).claim("data")
        assert assert_claim_bound(claim, storage_class="").volume == name

    def test_a_claim_that_nobody_uses(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim()).claim("data")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_claim_bound(claim, timeout=1)
        pinned(failure.value)

    def test_a_claim_of_an_unknown_class(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="unknown")).claim("data")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_claim_bound(claim, timeout=1)
        pinned(failure.value)
