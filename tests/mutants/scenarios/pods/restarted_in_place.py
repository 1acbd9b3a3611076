"""Containers that are started again."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_restarted_in_place

from ....cluster import workloads
from ....cluster.pods.actions import bare, container
from ...scenario import Manifests, Mutant, Scenario, put


def restarted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_restarted_in_place(pod, "main"):
        pod.exec(workloads.STOP)


def _not_ended(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_restarted_in_place(kworkload.apply(manifests).wait_ready().pod("pod"), "main", timeout=2):
        pass


def _pod_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_restarted_in_place(pod, "main"):
        pod.delete()


SCENARIOS = (
    Scenario(
        "assert_restarted_in_place",
        lambda: bare(containers=container(command=["sh", "-c", workloads.STOPPABLE])),
        restarted,
        (
            Mutant(
                "restartPolicy Never", "pod-restart-in-place", "spec.restartPolicy: Always (now Never)", put("spec.restartPolicy", "Never")
            ),
            Mutant("the pod is deleted", "pod-restart-in-place", "not the pod", check=_pod_deleted),
            Mutant("it does not end", "pod-restart-in-place", "end its process", check=_not_ended),
        ),
    ),
)
