"""Claims and volumes that are in use while they are deleted."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_claim_bound, assert_in_use_protection

from .. import workloads
from ..pinned import Pinned


class TestInUseProtection:
    def test_a_claim_that_is_used_stays(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.claim(), workloads.user()]).wait_ready()
        held = assert_in_use_protection(applied.claim("data"), release=applied.pod("user").delete, settle=2)
        assert held.users == ("pod user (Running)",)

    def test_a_volume_that_has_a_claim_stays(self, kworkload: Namespace) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        volume = kworkload.object("PersistentVolume", assert_claim_bound(claim).volume)
        assert_in_use_protection(volume, release=claim.delete, settle=2)

    def test_a_claim_that_is_free(self, kworkload: Namespace, pinned: Pinned) -> None:
        claim = kworkload.apply(workloads.claim(storage_class="shared")).claim("data")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_in_use_protection(claim, release=lambda: None, settle=1)
        pinned(failure.value)

    def test_a_finished_pod_holds_its_claim(self, kworkload: Namespace, pinned: Pinned) -> None:
        done = workloads.mounting("data", pod=workloads.pod_spec(command="exit 0", probe=False))
        applied = kworkload.apply([workloads.claim(), workloads.bare_pod("done", pod={**done, "restartPolicy": "Never"})]).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_in_use_protection(applied.claim("data"), release=lambda: None, settle=1, timeout=3)
        pinned(failure.value)
