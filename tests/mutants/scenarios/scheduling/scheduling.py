"""Where pods are placed."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    Namespace,
    assert_follows_volumes,
    assert_pod_affinity,
    assert_preempts,
    assert_topology_spread,
    assert_unschedulable,
)

from ....cluster import workloads
from ....cluster.scheduling.test_scheduling import preemptor
from ...scenario import Manifests, Mutant, Scenario, both, drop, put

HOSTNAME = "kubernetes.io/hostname"
FIELD = "spec.template.spec.topologySpreadConstraints"


def _giant() -> dict[str, Any]:
    return workloads.bare_pod(pod=workloads.asking("1000"))


def waits(kworkload: Namespace, manifests: Manifests) -> None:
    assert_unschedulable(kworkload.apply(manifests).pod("pod"), "Insufficient cpu", settle=1)


def _other_reason(kworkload: Namespace, manifests: Manifests) -> None:
    assert_unschedulable(kworkload.apply(manifests).pod("pod"), "didn't match Pod's node affinity/selector", settle=1)


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


ANTI = "spec.template.spec.affinity.podAntiAffinity"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def _soloists() -> dict[str, Any]:
    return workloads.replica_set(replicas=1, pod=workloads.apart(workloads.pod_spec(), "web"))


def apart(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_pod_affinity(web, HOSTNAME, "apart"):
        web.scale(2)


def _nobody_comes(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_pod_affinity(web, HOSTNAME, "apart"):
        web.scale(0)


def _only_preferred(manifests: Manifests) -> None:
    wish = [{"weight": 100, "podAffinityTerm": workloads.beside("web")}]
    put(ANTI, {"preferredDuringSchedulingIgnoredDuringExecution": wish})(manifests)


def preempts(value: int = 1000, port: int = 0, **more: Any) -> Any:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        high = preemptor(kworkload, value, port, **more)
        with assert_preempts(kworkload.pod("high", expected=True), victims=1, timeout=10 if value == 1000 and not more else 2):
            kworkload.apply(high)

    return check


def followed(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_follows_volumes(db):
        db.pods()[0].delete()


def _nobody_goes(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_follows_volumes(db):
        pass


def _sent_away(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    elsewhere = next(name for name in ("node-0", "node-1") if name != db.pods()[0].node)
    with assert_follows_volumes(db, timeout=6):
        db.patch({"spec": {"template": {"spec": {"nodeName": elsewhere}}}})


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
            Mutant("nodeName", "sched-spread", "nodeName: leave it out (now node-0)", put("spec.template.spec.nodeName", "node-0")),
            Mutant("nothing is placed", "sched-spread", "scale up", check=_nothing_placed),
        ),
        marks=(pytest.mark.kworkload(nodes=3),),
    ),
    Scenario(
        "assert_pod_affinity",
        _soloists,
        apart,
        (
            Mutant("only preferred", "sched-affinity", f"{REQUIRED} instead of preferred", _only_preferred),
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
            Mutant("nobody comes", "sched-affinity", "scale up", check=_nobody_comes),
        ),
        marks=(pytest.mark.kworkload(nodes=3),),
    ),
    Scenario(
        "assert_preempts",
        workloads.bare_pod,
        preempts(),
        (
            Mutant("a priority that is no higher", "sched-preemption", "spec.priorityClassName", check=preempts(0)),
            Mutant(
                "preemptionPolicy Never", "sched-preemption", "PreemptLowerPriority (now Never)", check=preempts(preemptionPolicy="Never")
            ),
            Mutant("room for both", "sched-preemption", "pods that leave it no room", check=preempts(port=19999)),
        ),
    ),
    Scenario(
        "assert_follows_volumes",
        lambda: workloads.stateful_set(replicas=1, claims=True),
        followed,
        (
            Mutant(
                "volumes that can be used everywhere",
                "pv-node-affinity",
                "a StorageClass whose volumes are of one node",
                put("spec.volumeClaimTemplates.0.spec.storageClassName", "shared", "StatefulSet"),
            ),
            Mutant("nobody goes", "pv-node-affinity", "delete a pod in the block", check=_nobody_goes),
            Mutant("sent to another node", "pv-node-affinity", "spec.template.spec.nodeName: leave it out", check=_sent_away),
        ),
        marks=(pytest.mark.kworkload(nodes=2),),
    ),
)
