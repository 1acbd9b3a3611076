"""Which evictions a budget allows."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_eventually, assert_eviction_allowed

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

GATE = "example.com/serving"
KIND = "PodDisruptionBudget"


def _broken() -> Manifests:
    pod = {**workloads.pod_spec(), "readinessGates": [{"conditionType": GATE}]}
    return [workloads.budget(minAvailable=2, unhealthyPodEvictionPolicy="AlwaysAllow"), workloads.replica_set(replicas=2, pod=pod)]


def let_go(kworkload: Namespace, manifests: Manifests) -> None:
    """One of two pods is not Ready, and runs."""
    applied = kworkload.apply(manifests)
    pods = kworkload.pods("app=web")
    assert_eventually(pods, lambda found: len(found) == 2 and all(map(_runs, found)), says="they run")
    pod, other = applied.replica_set("web").pods()
    other.set_condition(GATE).wait_ready()
    assert_eviction_allowed(applied.handles[0], pod)


def _runs(pod: Any) -> bool:
    return bool(pod["status"].get("phase") == "Running")


SCENARIOS = (
    Scenario(
        "assert_eviction_allowed",
        _broken,
        let_go,
        (
            Mutant(
                "the default policy",
                "pdb-unhealthy-policy",
                "spec.unhealthyPodEvictionPolicy: AlwaysAllow",
                put("spec.unhealthyPodEvictionPolicy", None, KIND),
            ),
            Mutant(
                "a selector for nobody",
                "pdb-blocks-eviction",
                "spec.selector",
                put("spec.selector.matchLabels.app", "nobody", KIND),
            ),
        ),
    ),
)
