"""StatefulSets: order and identity."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import assert_ordered_start, assert_stable_identity

from ...cluster import workloads
from ..scenario import Manifests, Mutant, Scenario, drop, put


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2))


def ordered_start(kworkload: Any, manifests: Manifests) -> None:
    with assert_ordered_start(kworkload.stateful_set("db", expected=True)):
        kworkload.apply(manifests)


def identity(kworkload: Any, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_stable_identity(applied.handles[-1])


def _as_a_deployment(manifests: Manifests) -> None:
    manifests[:] = [workloads.deployment("db")]


SCENARIOS = (
    Scenario(
        "assert_ordered_start",
        _set,
        ordered_start,
        (
            Mutant("Parallel", "sts-ordered-start", "spec.podManagementPolicy", put("spec.podManagementPolicy", "Parallel", "StatefulSet")),
            Mutant(
                "no readiness probe",
                "sts-ordered-start",
                "readinessProbe",
                drop("spec.template.spec.containers.0.readinessProbe", "StatefulSet"),
            ),
            Mutant("one replica", "sts-ordered-start", "at least 2 replicas", put("spec.replicas", 1, "StatefulSet")),
        ),
    ),
    Scenario(
        "assert_stable_identity",
        _set,
        identity,
        (Mutant("a Deployment", "sts-identity", "kind: StatefulSet", _as_a_deployment),),
    ),
)
