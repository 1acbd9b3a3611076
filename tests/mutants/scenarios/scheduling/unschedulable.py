"""A pod that no node can take."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_unschedulable

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _giant() -> dict[str, Any]:
    return workloads.bare_pod(pod=workloads.asking("1000"))


def waits(kworkload: Namespace, manifests: Manifests) -> None:
    assert_unschedulable(kworkload.apply(manifests).pod("pod"), "Insufficient cpu", settle=1)


def _other_reason(kworkload: Namespace, manifests: Manifests) -> None:
    assert_unschedulable(kworkload.apply(manifests).pod("pod"), "didn't match Pod's node affinity/selector", settle=1)


SCENARIOS = (
    Scenario(
        "assert_unschedulable",
        _giant,
        waits,
        (
            Mutant(
                "a pod that fits",
                "sched-unschedulable",
                "its requests (cpu 1m)",
                put("spec.containers.0.resources.requests.cpu", "1m"),
            ),
            Mutant("another reason", "sched-unschedulable", "which reason was meant", check=_other_reason),
        ),
    ),
)
