"""Volumes whose claim is deleted."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_claim_bound, assert_reclaimed

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario


def _shared() -> Manifests:
    return [workloads.claim(storage_class="shared")]


def reclaimed(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim)
    with assert_reclaimed(claim, "Delete"):
        claim.delete()


def _kept(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim)
    with assert_reclaimed(claim, "Retain"):
        claim.delete()


def _claim_stays(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim)
    with assert_reclaimed(claim, "Delete"):
        pass


SCENARIOS = (
    Scenario(
        "assert_reclaimed",
        _shared,
        reclaimed,
        (
            Mutant("kept", "pv-reclaim", "Retain (now Delete)", check=_kept),
            Mutant("the claim stays", "pv-reclaim", "delete the claim", check=_claim_stays),
        ),
    ),
)
