"""Which evictions a budget refuses, and which it allows."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_eventually, assert_eviction_allowed, assert_eviction_blocked

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

GATE = "example.com/serving"
KIND = "PodDisruptionBudget"


def _guarded() -> Manifests:
    return [workloads.budget(minAvailable=2), workloads.replica_set(replicas=2)]


def evicted(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_eviction_blocked(applied.handles[0], applied.replica_set("web").pods()[0])


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
        "assert_eviction_blocked",
        _guarded,
        evicted,
        (
            Mutant(
                "a selector for nobody",
                "pdb-blocks-eviction",
                "spec.selector",
                put("spec.selector.matchLabels.app", "nobody", KIND),
            ),
            Mutant("minAvailable 1", "pdb-blocks-eviction", "spec.minAvailable: 2 (now 1)", put("spec.minAvailable", 1, KIND)),
            Mutant(
                "maxUnavailable 50%",
                "pdb-blocks-eviction",
                "spec.maxUnavailable: 0% (now 50%)",
                put("spec", {"selector": {"matchLabels": {"app": "web"}}, "maxUnavailable": "50%"}, KIND),
            ),
        ),
    ),
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
