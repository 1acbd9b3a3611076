"""Services, names and budgets."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    Namespace,
    assert_endpoints_track_readiness,
    assert_eviction_blocked,
    assert_no_lost_requests,
    assert_stable_dns,
)

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put


def _served() -> Manifests:
    return [workloads.service(), workloads.replica_set(replicas=2, pod=workloads.pod_spec(ready_after=7))]


def endpoints(kworkload: Namespace, manifests: Manifests) -> None:
    """A pod that needs longer to be Ready than the endpoints may lag."""
    applied = kworkload.apply(manifests)
    with assert_endpoints_track_readiness(applied.service("web")):
        applied.replica_set("web").wait_ready()


def _nothing_happens(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    with assert_endpoints_track_readiness(applied.service("web")):
        pass


def names(kworkload: Namespace, manifests: Manifests) -> None:
    assert_stable_dns(kworkload.apply(manifests).stateful_set())


def _guarded() -> Manifests:
    return [workloads.budget(minAvailable=2), workloads.replica_set(replicas=2)]


def evicted(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_eviction_blocked(applied.handles[0], applied.replica_set("web").pods()[0])


def _pdb(value: Any) -> Any:
    return put("spec", {"selector": {"matchLabels": {"app": "web"}}, **value}, "PodDisruptionBudget")


def _asked(kworkload: Namespace, manifests: Manifests, act: Any) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    with assert_no_lost_requests(applied.service("web"), applied.pod("client"), request=workloads.ASK, timeout=20):
        act(applied.deployment("web"))


def restarted(kworkload: Namespace, manifests: Manifests) -> None:
    _asked(kworkload, manifests, lambda web: web.restart().wait_ready())


def _nobody_moves(kworkload: Namespace, manifests: Manifests) -> None:
    _asked(kworkload, manifests, lambda web: None)


def _all_go(kworkload: Namespace, manifests: Manifests) -> None:
    _asked(kworkload, manifests, lambda web: [web.scale(0), web.wait_ready()])


SCENARIOS = (
    Scenario(
        "assert_endpoints_track_readiness",
        _served,
        endpoints,
        (
            Mutant(
                "publishNotReadyAddresses",
                "svc-endpoints-ready",
                "spec.publishNotReadyAddresses: false (now true)",
                put("spec.publishNotReadyAddresses", True, "Service"),
            ),
            Mutant("a selector for nobody", "svc-endpoints-ready", "spec.selector", put("spec.selector.app", "nobody", "Service")),
            Mutant("nothing happens", "svc-endpoints-ready", "change that in the block", check=_nothing_happens),
        ),
    ),
    Scenario(
        "assert_stable_dns",
        lambda: workloads.stateful_set(replicas=2),
        names,
        (
            Mutant("not headless", "dns-pod-identity", "spec.clusterIP of Service db: None", drop("spec.clusterIP", "Service")),
            Mutant("no such Service", "dns-pod-identity", "spec.serviceName", put("spec.serviceName", "other", "StatefulSet")),
            Mutant(
                "a selector for nobody", "dns-pod-identity", "spec.selector of Service db", put("spec.selector.app", "nobody", "Service")
            ),
        ),
    ),
    Scenario(
        "assert_no_lost_requests",
        workloads.served,
        restarted,
        (
            Mutant(
                "no readiness probe",
                "svc-no-lost-requests",
                "readinessProbe",
                put("spec.template.spec", workloads.server(late=2, probe=False), "Deployment"),
            ),
            Mutant(
                "strategy Recreate",
                "svc-no-lost-requests",
                "a strategy that keeps one",
                put("spec.strategy", {"type": "Recreate"}, "Deployment"),
            ),
            Mutant("all go", "svc-no-lost-requests", "spec.replicas: 2 or more", check=_all_go),
            Mutant("nobody comes or goes", "svc-no-lost-requests", "update its pods", check=_nobody_moves),
            Mutant("a selector for nobody", "svc-no-lost-requests", "selector", put("spec.selector.app", "nobody", "Service")),
        ),
        marks=(pytest.mark.kworkload(needs=["network:services"]),),
    ),
    Scenario(
        "assert_eviction_blocked",
        _guarded,
        evicted,
        (
            Mutant(
                "a selector for nobody",
                "pdb-blocks-eviction",
                "spec.selector",
                put("spec.selector.matchLabels.app", "nobody", "PodDisruptionBudget"),
            ),
            Mutant(
                "minAvailable 1", "pdb-blocks-eviction", "spec.minAvailable (now 1)", put("spec.minAvailable", 1, "PodDisruptionBudget")
            ),
            Mutant("maxUnavailable 50%", "pdb-blocks-eviction", "spec.maxUnavailable (now 50%)", _pdb({"maxUnavailable": "50%"})),
        ),
    ),
)
