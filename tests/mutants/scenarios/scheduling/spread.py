"""How evenly pods are spread over topology domains."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import Namespace, assert_topology_spread

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put

HOSTNAME = "kubernetes.io/hostname"
FIELD = "spec.template.spec.topologySpreadConstraints"


def _choir() -> dict[str, Any]:
    return workloads.deployment(replicas=3, pod=workloads.spread())


def spread(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_topology_spread(web, HOSTNAME):
        web.scale(5)


def _nothing_placed(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_topology_spread(web, HOSTNAME):
        web.scale(2)


SCENARIOS = (
    Scenario(
        "assert_topology_spread",
        _choir,
        spread,
        (
            Mutant(
                "ScheduleAnyway",
                "sched-spread",
                "DoNotSchedule (now ScheduleAnyway)",
                put(f"{FIELD}.0.whenUnsatisfiable", "ScheduleAnyway"),
            ),
            Mutant("maxSkew 2", "sched-spread", "maxSkew: 1 (now 2)", put(f"{FIELD}.0.maxSkew", 2)),
            Mutant("a selector for nobody", "sched-spread", "labelSelector", put(f"{FIELD}.0.labelSelector.matchLabels.app", "nobody")),
            Mutant("no constraint", "sched-spread", "topologySpreadConstraints", drop(FIELD)),
            Mutant("one domain", "sched-spread", "nodeSelector", put("spec.template.spec.nodeSelector", {HOSTNAME: "node-0"})),
            Mutant("nodeName", "sched-spread", "nodeName: leave it out (now node-0)", put("spec.template.spec.nodeName", "node-0")),
            Mutant("nothing is placed", "sched-spread", "scale up", check=_nothing_placed),
        ),
        marks=(pytest.mark.kworkload(nodes=3),),
    ),
)
