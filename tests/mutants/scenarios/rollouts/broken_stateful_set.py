"""A StatefulSet's update to a broken version."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_rollout_stalled

from ....cluster import workloads
from ....cluster.actions import ready_stateful_set
from ...scenario import Manifests, Mutant, Scenario, put


def stopped(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    with assert_rollout_stalled(db):
        db.set_image("main", "busybox:does-not-exist")


def _works(kworkload: Namespace, manifests: Manifests) -> None:
    db = ready_stateful_set(kworkload, manifests)
    with assert_rollout_stalled(db):
        db.patch(workloads.new_version())


SCENARIOS = (
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
)
