"""Who comes when a pod has finished."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_failed_pod_replaced

from ....cluster import workloads
from ....cluster.actions import ready_stateful_set
from ...scenario import Manifests, Mutant, Scenario

FAIL: dict[str, Any] = {"spec": {"activeDeadlineSeconds": 1}}


def failed(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    pod = db.pods()[0]
    with assert_failed_pod_replaced(db, pod):
        pod.patch(FAIL)


def _under_a_quota(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    kworkload.apply(workloads.quota(0)).wait_ready()
    pod = db.pods()[0]
    with assert_failed_pod_replaced(db, pod, timeout=6):
        pod.patch(FAIL)


def _deleted(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    pod = db.pods()[0]
    with assert_failed_pod_replaced(db, pod):
        pod.delete()


SCENARIOS = (
    Scenario(
        "assert_failed_pod_replaced",
        lambda: workloads.stateful_set(replicas=1),
        failed,
        (
            Mutant("a quota forbids the new pod", "sts-failed-pod", "a quota", check=_under_a_quota),
            Mutant("it is deleted, and does not fail", "sts-failed-pod", "activeDeadlineSeconds", check=_deleted),
        ),
    ),
)
