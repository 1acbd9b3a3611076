"""Pods that a controller adopts, and pods that it releases."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_adopted, assert_released

from ....cluster import workloads
from ....cluster.actions import ready_replica_set
from ...scenario import Check, Manifests, Mutant, Scenario, put


def _adopted(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    web = kworkload.apply(workloads.replica_set(replicas=1)).replica_set("web")
    assert_adopted(web, applied.pod("pod"))


def _already_complete(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_replica_set(kworkload, 1)
    pod = kworkload.apply(manifests).pod("pod")
    assert_adopted(web, pod)


def _made_by_the_controller(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_replica_set(kworkload, 1)
    assert_adopted(web, web.pods()[0])


def _released(labels: dict[str, str]) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = kworkload.apply(manifests).wait_ready().replica_set("web")
        pod = web.pods()[0].patch({"metadata": {"labels": labels}})
        assert_released(web, pod)

    return check


def _deleted_instead(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    pod = web.pods()[0]
    pod.delete()
    assert_released(web, pod)


SCENARIOS = (
    Scenario(
        "assert_adopted",
        lambda: workloads.bare_pod(labels={"app": "web"}),
        _adopted,
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
)
