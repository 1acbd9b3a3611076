"""A claim and its volume."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_claim_bound

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

CLAIM = "PersistentVolumeClaim"
SHORT = 3.0  # seconds for what does not come


def _used() -> Manifests:
    return [workloads.claim(), workloads.user()]


def bound(kworkload: Namespace, manifests: Manifests) -> None:
    assert_claim_bound(kworkload.apply(manifests).claim("data"), storage_class="standard", timeout=20)


def _bound_soon(kworkload: Namespace, manifests: Manifests) -> None:
    assert_claim_bound(kworkload.apply(manifests).claim("data"), timeout=SHORT)


def _without_the_pod(manifests: Manifests) -> None:
    manifests.pop()


SCENARIOS = (
    Scenario(
        "assert_claim_bound",
        _used,
        bound,
        (
            Mutant(
                "another class", "pvc-bound", "spec.storageClassName: standard (now shared)", put("spec.storageClassName", "shared", CLAIM)
            ),
            Mutant("an unknown class", "pvc-bound", "(now unknown)", put("spec.storageClassName", "unknown", CLAIM), _bound_soon),
            Mutant("nobody uses it", "pvc-bound", "a pod that uses the claim", _without_the_pod, _bound_soon),
            Mutant("no volume for it", "pvc-bound", "a PersistentVolume", put("spec.storageClassName", "", CLAIM), _bound_soon),
        ),
    ),
)
