"""Which pods a Service leads to, and when."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_endpoints_track_readiness

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


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
            Mutant("nothing happens", "svc-endpoints-ready", "let a pod become Ready", check=_nothing_happens),
        ),
    ),
)
