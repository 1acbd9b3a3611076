"""ReplicaSets: how many pods, which ones, and what belongs to whom."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import (
    Namespace,
    Workload,
    assert_adopted,
    assert_cascading_delete,
    assert_released,
    assert_replica_count,
    assert_replica_failure,
    assert_scale_down_victims,
)

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _applied(kworkload: Namespace, manifests: Manifests) -> Any:
    return kworkload.apply(manifests).wait_ready().handles[0]


def counted(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).replica_set("web")
    assert_replica_count(web, 2, settle=1)


def _under_a_quota(kworkload: Namespace, manifests: Manifests) -> None:
    kworkload.apply(workloads.quota(1)).wait_ready()
    web = kworkload.apply(manifests).replica_set("web")
    assert_replica_count(web, 2, settle=1, timeout=5)


def _scaled_to_none(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    web.scale(0)
    assert_replica_count(web, 2, settle=1, timeout=5)


def adopted(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    web = kworkload.apply(workloads.replica_set(replicas=1)).replica_set("web")
    assert_adopted(web, applied.pod("pod"))


def _already_complete(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(workloads.replica_set(replicas=1)).wait_ready().replica_set("web")
    pod = kworkload.apply(manifests).pod("pod")
    assert_adopted(web, pod)


def _made_by_the_controller(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(workloads.replica_set(replicas=1)).wait_ready().replica_set("web")
    assert_adopted(web, web.pods()[0])


def _released(labels: dict[str, str]) -> Any:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = _applied(kworkload, manifests)
        pod = web.pods()[0].patch({"metadata": {"labels": labels}})
        assert_released(web, pod)

    return check


def _deleted_instead(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    pod = web.pods()[0]
    pod.delete()
    assert_released(web, pod)


def _victim(cost: int, expected: int) -> Any:
    """The second pod gets a cost; the expected one has this index."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = _applied(kworkload, manifests)
        pods = web.pods()
        pods[1].patch(workloads.deletion_cost(cost))
        with assert_scale_down_victims(web, [pods[expected]]):
            web.scale(1)

    return check


def _nothing_told(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_scale_down_victims(web, web.pods()):
        web.scale(0)


def refused(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests)
    assert_replica_failure(applied.find(Workload, None), cure=applied.handles[0].delete)


def cascaded(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_cascading_delete(web):
        web.delete()


def _with_propagation(wanted: Any, used: Any) -> Any:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = _applied(kworkload, manifests)
        with assert_cascading_delete(web, propagation=wanted, settle=1):
            web.delete(propagation=used)

    return check


SCENARIOS = (
    Scenario(
        "assert_replica_count",
        lambda: workloads.replica_set(replicas=2),
        counted,
        (
            Mutant("replicas 3", "rs-replica-count", "spec.replicas: 2 (now 3)", put("spec.replicas", 3)),
            Mutant("a quota forbids a pod", "rs-replica-count", "a quota", check=_under_a_quota),
            Mutant("scaled to 0", "rs-replica-count", "spec.replicas: 2 (now 0)", check=_scaled_to_none),
        ),
    ),
    Scenario(
        "assert_adopted",
        lambda: workloads.bare_pod(labels={"app": "web"}),
        adopted,
        (
            Mutant("other labels", "rs-adopt-release", "metadata.labels of the pod: app=web", put("metadata.labels", {"app": "else"})),
            Mutant("one too many", "rs-adopt-release", "spec.replicas", check=_already_complete),
            Mutant("a pod that the controller made", "rs-adopt-release", "without ownerReferences", check=_made_by_the_controller),
        ),
    ),
    Scenario(
        "assert_released",
        lambda: workloads.replica_set(replicas=1),
        _released({"app": "quarantine"}),
        (
            Mutant("labels that match still", "rs-adopt-release", "metadata.labels of the pod", check=_released({"color": "blue"})),
            Mutant("it is deleted", "rs-adopt-release", "instead of deleting it", check=_deleted_instead),
        ),
    ),
    Scenario(
        "assert_scale_down_victims",
        lambda: workloads.replica_set(replicas=2),
        _victim(-10, expected=1),
        (
            Mutant("the other pod is cheaper", "rs-scale-down-victims", "pod-deletion-cost", check=_victim(-10, expected=0)),
            Mutant("the expected pod is dearer", "rs-scale-down-victims", "pod-deletion-cost", check=_victim(10, expected=1)),
            Mutant("all go", "rs-scale-down-victims", "at least 1", check=_nothing_told),
        ),
    ),
    Scenario(
        "assert_replica_failure",
        lambda: [workloads.quota(1), workloads.replica_set(replicas=2)],
        refused,
        (
            Mutant("a quota with room", "rs-replica-failure", "a ResourceQuota", put("spec.hard.pods", "9", "ResourceQuota")),
            Mutant("a StatefulSet", "rs-replica-failure", "kind: ReplicaSet", put("kind", "StatefulSet", "ReplicaSet")),
        ),
    ),
    Scenario(
        "assert_cascading_delete",
        lambda: workloads.replica_set(replicas=1),
        cascaded,
        (
            Mutant("Orphan", "owner-cascade", "propagation='Background'", check=_with_propagation("Background", "Orphan")),
            Mutant("Background", "owner-cascade", "propagation='Foreground'", check=_with_propagation("Foreground", "Background")),
            Mutant(
                "Background instead of Orphan", "owner-cascade", "propagation='Orphan'", check=_with_propagation("Orphan", "Background")
            ),
        ),
    ),
)
