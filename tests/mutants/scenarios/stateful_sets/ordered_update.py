"""The order in which replicas are updated."""

from __future__ import annotations

from collections.abc import Callable

from pytest_kworkload import Namespace, StatefulSet, assert_ordered_update

from ....cluster import workloads
from ....cluster.actions import ready_stateful_set
from ...scenario import Check, Manifests, Mutant, Scenario, both, drop, put

ON_DELETE = put("spec.updateStrategy", {"type": "OnDelete"}, "StatefulSet")
NO_PROBE = drop("spec.template.spec.containers.0.readinessProbe", "StatefulSet")


def _set() -> Manifests:
    return workloads.stateful_set(replicas=2, pod=workloads.pod_spec(ready_after=2))


def updated(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    with assert_ordered_update(db, max_unavailable=1):
        db.patch(workloads.new_version())


def _updated_and(act: Callable[[StatefulSet], object]) -> Check:
    """What else happens in the block of an update."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        db = ready_stateful_set(kworkload, manifests)
        with assert_ordered_update(db, max_unavailable=1):
            act(db)

    return check


def _lowest_first(db: StatefulSet) -> None:
    pods = db.pods()
    db.patch(workloads.new_version())
    pods[0].delete()


SCENARIOS = (
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
)
