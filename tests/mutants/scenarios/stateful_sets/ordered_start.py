"""The order in which replicas start."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_ordered_start

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put

PARALLEL = put("spec.podManagementPolicy", "Parallel", "StatefulSet")
NO_PROBE = drop("spec.template.spec.containers.0.readinessProbe", "StatefulSet")


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2))


def ordered_start(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_ordered_start(kworkload.stateful_set("db", expected=True)):
        kworkload.apply(manifests)


SCENARIOS = (
    Scenario(
        "assert_ordered_start",
        _set,
        ordered_start,
        (
            Mutant("Parallel", "sts-ordered-start", "spec.podManagementPolicy", PARALLEL),
            Mutant("no readiness probe", "sts-ordered-start", "readinessProbe", NO_PROBE),
            Mutant("one replica", "sts-ordered-start", "at least 2 replicas", put("spec.replicas", 1, "StatefulSet")),
        ),
    ),
)
