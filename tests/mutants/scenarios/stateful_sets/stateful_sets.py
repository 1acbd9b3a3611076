"""StatefulSets: order, identity, updates, scaling."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pytest_kworkload import (
    Namespace,
    Workload,
    assert_at_most_one_per_ordinal,
    assert_ordered_start,
    assert_ordered_stop,
    assert_ordered_update,
    assert_parallel_management,
    assert_partition,
    assert_scaling_halts,
    assert_stable_identity,
)

from ....cluster import workloads
from ...scenario import Check, Manifests, Mutant, Scenario, both, drop, put

ON_DELETE = put("spec.updateStrategy", {"type": "OnDelete"}, "StatefulSet")
PARALLEL = put("spec.podManagementPolicy", "Parallel", "StatefulSet")
NO_PROBE = drop("spec.template.spec.containers.0.readinessProbe", "StatefulSet")


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2))


def ordered_start(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_ordered_start(kworkload.stateful_set("db", expected=True)):
        kworkload.apply(manifests)


def identity(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_stable_identity(applied.find(Workload, None))


def _as_a_deployment(manifests: Manifests) -> None:
    manifests[:] = [workloads.deployment("db")]


def _as_a_replica_set(manifests: Manifests) -> None:
    manifests[:] = [workloads.replica_set("db")]


def _ready(kworkload: Namespace, manifests: Manifests) -> Any:
    return kworkload.apply(manifests).wait_ready().stateful_set("db")


def _canary() -> Manifests:
    return workloads.stateful_set(replicas=2, updateStrategy=workloads.rolling_set(partition=1))


def _parallel() -> Manifests:
    return workloads.stateful_set(replicas=2, podManagementPolicy="Parallel", pod=workloads.pod_spec(ready_after=2))


def updated(kworkload: Namespace, manifests: Manifests) -> None:
    db = _ready(kworkload, manifests)
    with assert_ordered_update(db, max_unavailable=1):
        db.patch(workloads.new_version())


def _updated_and(act: Callable[[Any], object]) -> Check:
    """What else happens in the block of an update."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        db = _ready(kworkload, manifests)
        with assert_ordered_update(db, max_unavailable=1):
            act(db)

    return check


def _lowest_first(db: Any) -> None:
    pods = db.pods()
    db.patch(workloads.new_version())
    pods[0].delete()


def partitioned(kworkload: Namespace, manifests: Manifests) -> None:
    db = _ready(kworkload, manifests)
    with assert_partition(db, 1, settle=1):
        db.patch(workloads.new_version())


def _partitioned_without_an_update(kworkload: Namespace, manifests: Manifests) -> None:
    db = _ready(kworkload, manifests)
    with assert_partition(db, 1, settle=1):
        db.pods()[1].delete()


def stopped(kworkload: Namespace, manifests: Manifests) -> None:
    db = _ready(kworkload, manifests)
    with assert_ordered_stop(db):
        db.scale(0)


def _stopped_by(act: Callable[[Any], object]) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        db = _ready(kworkload, manifests)
        with assert_ordered_stop(db):
            act(db)

    return check


def started_in_parallel(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_parallel_management(kworkload.stateful_set("db", expected=True)):
        kworkload.apply(manifests)


def replaced(kworkload: Namespace, manifests: Manifests) -> None:
    db = _ready(kworkload, manifests)
    with assert_at_most_one_per_ordinal(db):
        db.pods()[0].delete()


def _replaced_by(act: Callable[[Any], object]) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        db = _ready(kworkload, manifests)
        with assert_at_most_one_per_ordinal(db):
            act(db)

    return check


def halted(kworkload: Namespace, manifests: Manifests) -> None:
    _halts(kworkload, manifests, replicas=3)


def _halts(kworkload: Namespace, manifests: Manifests, replicas: int, unhealthy: int = 0) -> None:
    db = _ready(kworkload, manifests)
    sick = db.pods()[unhealthy]
    sick.exec("rm /tmp/ready")
    assert_scaling_halts(db, sick, replicas=replicas, heal=lambda: sick.exec("touch /tmp/ready"), settle=2)


SCENARIOS = (
    Scenario(
        "assert_ordered_start",
        _set,
        ordered_start,
        (
            Mutant("Parallel", "sts-ordered-start", "spec.podManagementPolicy", PARALLEL),
            Mutant("no readiness probe", "sts-ordered-start", "readinessProbe", NO_PROBE),
            Mutant("one replica", "sts-ordered-start", "at least 2 replicas", put("spec.replicas", 1, "StatefulSet")),
        ),
    ),
    Scenario(
        "assert_stable_identity",
        _set,
        identity,
        (
            Mutant("a Deployment", "sts-identity", "kind: StatefulSet", _as_a_deployment),
            Mutant("a ReplicaSet", "sts-identity", "kind: StatefulSet", _as_a_replica_set),
        ),
    ),
    Scenario(
        "assert_ordered_update",
        _set,
        updated,
        (
            Mutant(
                "maxUnavailable 2 of 3",
                "sts-rolling-update",
                "spec.updateStrategy.rollingUpdate.maxUnavailable: 1 (now 2)",
                both(
                    put("spec.replicas", 3, "StatefulSet"),
                    put("spec.updateStrategy", workloads.rolling_set(max_unavailable=2), "StatefulSet"),
                ),
            ),
            Mutant("OnDelete", "sts-rolling-update", "spec.updateStrategy.type: RollingUpdate (now OnDelete)", ON_DELETE),
            Mutant("no readiness probe", "sts-rolling-update", "readinessProbe", NO_PROBE),
            Mutant("one replica", "sts-rolling-update", "spec.replicas", put("spec.replicas", 1, "StatefulSet")),
            Mutant(
                "a partition that leaves one",
                "sts-rolling-update",
                "spec.updateStrategy.rollingUpdate.partition",
                put("spec.updateStrategy", workloads.rolling_set(partition=1), "StatefulSet"),
            ),
            Mutant("the template stays", "sts-rolling-update", "nothing was rolled out", check=_updated_and(lambda db: db.scale(3))),
            Mutant("the lowest is deleted", "sts-rolling-update", "spec.replicas", check=_updated_and(_lowest_first)),
        ),
    ),
    Scenario(
        "assert_partition",
        _canary,
        partitioned,
        (
            Mutant(
                "no partition",
                "sts-partition",
                "spec.updateStrategy.rollingUpdate.partition: 1 (now 0)",
                drop("spec.updateStrategy", "StatefulSet"),
            ),
            Mutant(
                "a partition that holds all",
                "sts-partition",
                "spec.updateStrategy.rollingUpdate.partition: 1 (now 2)",
                put("spec.updateStrategy", workloads.rolling_set(partition=2), "StatefulSet"),
            ),
            Mutant("OnDelete", "sts-partition", "spec.updateStrategy.type: RollingUpdate (now OnDelete)", ON_DELETE),
            Mutant("the template stays", "sts-partition", "newest revision already", check=_partitioned_without_an_update),
        ),
    ),
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
        "assert_at_most_one_per_ordinal",
        _set,
        replaced,
        (
            Mutant(
                "terminationGracePeriodSeconds 0",
                "sts-at-most-one",
                "spec.template.spec.terminationGracePeriodSeconds: 1 or more (now 0)",
                put("spec.template.spec.terminationGracePeriodSeconds", 0, "StatefulSet"),
            ),
            Mutant(
                "deleted by force",
                "sts-at-most-one",
                "grace_seconds=0",
                check=_replaced_by(lambda db: db.pods()[0].delete(grace_seconds=0)),
            ),
            Mutant("nothing is deleted", "sts-at-most-one", "no replica was replaced", check=_replaced_by(lambda db: db.scale(3))),
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
                "replicas=: a number that keeps db-1",
                check=partial(_halts, replicas=1, unhealthy=1),
            ),
        ),
    ),
)
