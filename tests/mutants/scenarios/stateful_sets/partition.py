"""The replicas that a partition holds back."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_partition

from ....cluster import workloads
from ....cluster.actions import ready_stateful_set
from ...scenario import Manifests, Mutant, Scenario, drop, put

ON_DELETE = put("spec.updateStrategy", {"type": "OnDelete"}, "StatefulSet")


def _canary() -> Manifests:
    return workloads.stateful_set(replicas=2, updateStrategy=workloads.rolling_set(partition=1))


def partitioned(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    with assert_partition(db, 1, settle=1):
        db.patch(workloads.new_version())


def _partitioned_without_an_update(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    with assert_partition(db, 1, settle=1):
        db.pods()[1].delete()


SCENARIOS = (
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
)
