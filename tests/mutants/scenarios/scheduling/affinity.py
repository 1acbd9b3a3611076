"""Pods that are placed apart from others, or together with them."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import Namespace, assert_pod_affinity

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, both, drop, put

HOSTNAME = "kubernetes.io/hostname"
ANTI = "spec.template.spec.affinity.podAntiAffinity"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def _soloists() -> dict[str, Any]:
    return workloads.replica_set(replicas=1, pod=workloads.apart(workloads.pod_spec(), "web"))


def apart(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_pod_affinity(web, HOSTNAME, "apart"):
        web.scale(2)


def _nothing_placed(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_pod_affinity(web, HOSTNAME, "apart"):
        web.scale(0)


def _only_preferred(manifests: Manifests) -> None:
    wish = [{"weight": 100, "podAffinityTerm": workloads.beside("web")}]
    put(ANTI, {"preferredDuringSchedulingIgnoredDuringExecution": wish})(manifests)


SCENARIOS = (
    Scenario(
        "assert_pod_affinity",
        _soloists,
        apart,
        (
            Mutant("only preferred", "sched-affinity", f"{REQUIRED} (now preferredDuring", _only_preferred),
            Mutant("no term", "sched-affinity", f"{ANTI}.{REQUIRED}: a term", drop("spec.template.spec.affinity")),
            Mutant(
                "another topologyKey",
                "sched-affinity",
                f"topologyKey: {HOSTNAME} (now example.com/rack)",
                put(f"{ANTI}.{REQUIRED}.0.topologyKey", "example.com/rack"),
            ),
            Mutant(
                "pods that name their node",
                "sched-affinity",
                "spec.template.spec.nodeName: leave it out (now node-0)",
                both(drop("spec.template.spec.affinity"), put("spec.template.spec.nodeName", "node-0")),
            ),
            Mutant("nothing is placed", "sched-affinity", "scale up", check=_nothing_placed),
        ),
        marks=(pytest.mark.kworkload(nodes=3),),
    ),
)
