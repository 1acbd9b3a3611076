"""How a StatefulSet scales."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pytest_kworkload import Namespace, StatefulSet, assert_ordered_stop, assert_parallel_management, assert_scaling_halts

from ....cluster import workloads
from ....cluster.actions import ready_stateful_set
from ...scenario import Check, Manifests, Mutant, Scenario, drop, put

PARALLEL = put("spec.podManagementPolicy", "Parallel", "StatefulSet")
NO_PROBE = drop("spec.template.spec.containers.0.readinessProbe", "StatefulSet")


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2))


def _parallel() -> Manifests:
    return workloads.stateful_set(replicas=2, podManagementPolicy="Parallel", pod=workloads.pod_spec(ready_after=2))


def stopped(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    with assert_ordered_stop(db):
        db.scale(0)


def _stopped_by(act: Callable[[StatefulSet], object]) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        db = ready_stateful_set(kworkload, manifests)
        with assert_ordered_stop(db):
            act(db)

    return check


def started_in_parallel(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_parallel_management(kworkload.stateful_set("db", expected=True)):
        kworkload.apply(manifests)


def halted(kworkload: Namespace, manifests: Manifests) -> None:
    _halts(kworkload, manifests, replicas=3)


def _halts(kworkload: Namespace, manifests: Manifests, replicas: int, unhealthy: int = 0) -> None:
    db = ready_stateful_set(kworkload, manifests)
    sick = db.pods()[unhealthy]
    sick.exec("rm /tmp/ready")
    assert_scaling_halts(db, sick, replicas=replicas, heal=lambda: sick.exec("touch /tmp/ready"), settle=2)


SCENARIOS = (
    Scenario(
        "assert_ordered_stop",
        _set,
        stopped,
        (
            Mutant("Parallel", "sts-ordered-stop", "spec.podManagementPolicy: OrderedReady (now Parallel", PARALLEL),
            Mutant("the set is deleted", "sts-ordered-stop", "scale(0) in the block", check=_stopped_by(lambda db: db.delete())),
            Mutant("one replica goes", "sts-ordered-stop", "at least 2 replicas", check=_stopped_by(lambda db: db.scale(1))),
        ),
    ),
    Scenario(
        "assert_parallel_management",
        _parallel,
        started_in_parallel,
        (
            Mutant(
                "OrderedReady",
                "sts-parallel",
                "spec.podManagementPolicy: Parallel (now OrderedReady",
                drop("spec.podManagementPolicy", "StatefulSet"),
            ),
            Mutant("no readiness probe", "sts-parallel", "readinessProbe", NO_PROBE),
            Mutant("one replica", "sts-parallel", "at least 2 replicas", put("spec.replicas", 1, "StatefulSet")),
        ),
    ),
    Scenario(
        "assert_scaling_halts",
        _set,
        halted,
        (
            Mutant("Parallel", "sts-halt-unhealthy", "spec.podManagementPolicy: OrderedReady (now Parallel", PARALLEL),
            Mutant("the size stays", "sts-halt-unhealthy", "it did not scale", check=partial(_halts, replicas=2)),
            Mutant(
                "the unhealthy replica goes itself",
                "sts-halt-unhealthy",
                "a number of replicas that keeps db-1",
                check=partial(_halts, replicas=1, unhealthy=1),
            ),
        ),
    ),
)
