"""Volumes whose claim is deleted."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_claim_bound, assert_reclaimed

from .. import workloads
from ..pinned import Pinned


class TestReclaimed:
    def test_a_volume_goes_with_its_claim(self, kworkload: Namespace) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        assert_claim_bound(claim)
        with assert_reclaimed(claim, "Delete"):
            claim.delete()

    def test_a_volume_is_kept(self, kworkload: Namespace) -> None:
        name = f"{kworkload.name}-kept"
        claim = kworkload.apply([workloads.volume(name), workloads.claim(storage_class="", volumeName=name)]).claim("data")
        assert_claim_bound(claim)
        with assert_reclaimed(claim, "Retain") as kept:
            claim.delete()
        assert kept.phase == "Released"

    def test_a_volume_that_should_be_kept(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        assert_claim_bound(claim)
        with pytest.raises(GuaranteeViolated) as failure, assert_reclaimed(claim, "Retain"):
            claim.delete()
        pinned(failure.value)
