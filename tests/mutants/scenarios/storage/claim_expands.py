"""Claims that are made larger."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_claim_bound, assert_claim_expands

from ....cluster import workloads
from ....cluster.actions import growing_claim
from ...scenario import Manifests, Mutant, Scenario

SHORT = 3.0  # seconds for what does not come


def _shared() -> Manifests:
    return [workloads.claim(storage_class="shared")]


def expands(kworkload: Namespace, manifests: Manifests) -> None:
    assert_claim_expands(growing_claim(kworkload), "2Mi", timeout=30)


def _nobody_resizes(kworkload: Namespace, manifests: Manifests) -> None:
    assert_claim_expands(growing_claim(kworkload, resized=False), "2Mi", timeout=SHORT)


def _no_more(kworkload: Namespace, manifests: Manifests) -> None:
    assert_claim_expands(growing_claim(kworkload, resized=False), "1Mi", timeout=SHORT)


def _not_allowed(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    assert_claim_bound(claim)
    assert_claim_expands(claim, "2Mi")


SCENARIOS = (
    Scenario(
        "assert_claim_expands",
        _shared,
        expands,
        (
            Mutant(
                "the class does not allow it",
                "pvc-expand",
                "allowVolumeExpansion of StorageClass shared: true (now not set)",
                check=_not_allowed,
            ),
            Mutant("nobody sees to it", "pvc-expand", "the class's provisioner", check=_nobody_resizes),
            Mutant("no more than before", "pvc-expand", "ask for more than 1Mi", check=_no_more),
        ),
    ),
)
