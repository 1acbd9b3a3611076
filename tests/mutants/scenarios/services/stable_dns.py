"""The DNS names of replicas."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_stable_dns

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put


def names(kworkload: Namespace, manifests: Manifests) -> None:
    assert_stable_dns(kworkload.apply(manifests).stateful_set("db"))


SCENARIOS = (
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
)
