"""Claims that are in use while they are deleted."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_in_use_protection

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

SHORT = 3.0  # seconds for what does not come


def _used() -> Manifests:
    return [workloads.claim(), workloads.user()]


def protected(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_in_use_protection(applied.claim("data"), release=applied.pod("user").delete, settle=1)


def _not_released(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_in_use_protection(applied.claim("data"), release=lambda: None, settle=1, timeout=SHORT)


SCENARIOS = (
    Scenario(
        "assert_in_use_protection",
        _used,
        protected,
        (
            Mutant(
                "nobody uses it",
                "pvc-in-use-protection",
                "let a scheduled pod use the claim",
                put("spec.volumes", [{"name": "data", "emptyDir": {}}], "Pod"),
            ),
            Mutant("its user stays", "pvc-in-use-protection", "whether `release` deletes", check=_not_released),
        ),
    ),
)
