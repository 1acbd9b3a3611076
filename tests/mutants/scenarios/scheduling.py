"""Where pods are placed."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import assert_topology_spread, assert_unschedulable

from ...cluster import workloads
from ..scenario import Manifests, Mutant, Scenario, drop, put

HOSTNAME = "kubernetes.io/hostname"
FIELD = "spec.template.spec.topologySpreadConstraints"


def _giant() -> dict[str, Any]:
    return workloads.bare_pod(pod=workloads.asking("1000"))


def waits(kworkload: Any, manifests: Manifests) -> None:
    assert_unschedulable(kworkload.apply(manifests).pod("pod"), "Insufficient cpu", settle=1)


def _other_reason(kworkload: Any, manifests: Manifests) -> None:
    assert_unschedulable(kworkload.apply(manifests).pod("pod"), "didn't match Pod's node affinity/selector", settle=1)


def _choir() -> dict[str, Any]:
    return workloads.deployment(replicas=3, pod=workloads.spread())


def spread(kworkload: Any, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_topology_spread(web, HOSTNAME):
        web.scale(5)


def _nothing_placed(kworkload: Any, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_topology_spread(web, HOSTNAME):
        web.scale(2)


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
            Mutant("another reason", "sched-unschedulable", "reason", check=_other_reason),
        ),
    ),
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
            Mutant("nothing is placed", "sched-spread", "scale up", check=_nothing_placed),
        ),
        marks=(pytest.mark.kworkload(nodes=3),),
    ),
)
