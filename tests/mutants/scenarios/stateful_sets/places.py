"""Pods that have a place: ordinals that move, who comes when a pod has finished, and an update that stops."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_failed_pod_replaced, assert_immutable, assert_ordinals_shift, assert_rollout_stalled

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

FAIL: dict[str, Any] = {"spec": {"activeDeadlineSeconds": 1}}


def _applied(kworkload: Namespace, manifests: Manifests) -> Any:
    return kworkload.apply(manifests).wait_ready().stateful_set("db")


def _shifted(start: int, victim: int | None = None, replicas: int = 2) -> Any:
    """Move the first ordinal; delete one of the pods; change the number."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        db = _applied(kworkload, manifests)
        with assert_ordinals_shift(db):
            if victim is not None:
                db.pods()[victim].delete()
            db.patch({"spec": {"replicas": replicas, "ordinals": {"start": start}}})

    return check


def failed(kworkload: Namespace, manifests: Manifests) -> None:
    db = _applied(kworkload, manifests)
    pod = db.pods()[0]
    with assert_failed_pod_replaced(db, pod):
        pod.patch(FAIL)


def _under_a_quota(kworkload: Namespace, manifests: Manifests) -> None:
    db = _applied(kworkload, manifests)
    kworkload.apply(workloads.quota(0)).wait_ready()
    pod = db.pods()[0]
    with assert_failed_pod_replaced(db, pod, timeout=6):
        pod.patch(FAIL)


def _deleted(kworkload: Namespace, manifests: Manifests) -> None:
    db = _applied(kworkload, manifests)
    pod = db.pods()[0]
    with assert_failed_pod_replaced(db, pod):
        pod.delete()


def stopped(kworkload: Namespace, manifests: Manifests) -> None:
    db = _applied(kworkload, manifests)
    with assert_rollout_stalled(db):
        db.set_image("main", "busybox:does-not-exist")


def _works(kworkload: Namespace, manifests: Manifests) -> None:
    db = _applied(kworkload, manifests)
    with assert_rollout_stalled(db):
        db.patch(workloads.new_version())


def _patched(spec: dict[str, Any]) -> Any:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        assert_immutable(kworkload.apply(manifests).wait_ready().handles[-1], {"spec": spec})

    return check


SCENARIOS = (
    Scenario(
        "assert_immutable",
        lambda: workloads.stateful_set(replicas=0),
        _patched({"serviceName": "other"}),
        (
            Mutant(
                "a field that can be changed", "sts-immutable", "a field that the kind does not let you", check=_patched({"replicas": 1})
            ),
            Mutant("the value that it has", "sts-immutable", "another value", check=_patched({"serviceName": "db"})),
            Mutant("an unknown field", "sts-immutable", "one that is valid", check=_patched({"servicesName": "db"})),
        ),
    ),
    Scenario(
        "assert_immutable",
        workloads.bare_pod,
        _patched({"containers": [{"name": "main", "command": ["sh"]}]}),
        (
            Mutant(
                "its deadline",
                "pod-mutable-fields",
                "a field that the kind does not let you",
                check=_patched({"activeDeadlineSeconds": 600}),
            ),
        ),
        name="pod",
    ),
    Scenario(
        "assert_immutable",
        workloads.job,
        _patched({"completions": 3}),
        (Mutant("its parallelism", "immutable-fields", "a field that the kind does not let you", check=_patched({"parallelism": 1})),),
        name="job",
    ),
    Scenario(
        "assert_rollout_stalled",
        lambda: workloads.stateful_set(replicas=2),
        stopped,
        (
            Mutant("a version that works", "sts-broken-rollout", "the readiness probe", check=_works),
            Mutant(
                "OnDelete",
                "sts-broken-rollout",
                "spec.updateStrategy.type: RollingUpdate (now OnDelete)",
                put("spec.updateStrategy", {"type": "OnDelete"}, "StatefulSet"),
            ),
            Mutant(
                "a partition that leaves one",
                "sts-broken-rollout",
                "spec.replicas",
                put("spec.updateStrategy", workloads.rolling_set(partition=1), "StatefulSet"),
            ),
        ),
        name="StatefulSet",
    ),
    Scenario(
        "assert_ordinals_shift",
        lambda: workloads.stateful_set(replicas=2),
        _shifted(1),
        (
            Mutant("a replica is replaced meanwhile", "sts-ordinals-shift", "what deletes or makes pods", check=_shifted(1, victim=1)),
            Mutant("one replica more instead", "sts-ordinals-shift", "spec.ordinals.start", check=_shifted(0, replicas=3)),
        ),
    ),
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
