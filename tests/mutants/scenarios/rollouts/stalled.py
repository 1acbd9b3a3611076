"""Versions that never become available."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_rollout_stalled

from ....cluster import workloads
from ....cluster.actions import ready_deployment
from ...scenario import Manifests, Mutant, Scenario, drop, put


def _stalled(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_rollout_stalled(web):
        web.patch(workloads.new_version(command=["sh", "-c", "sleep 3; exit 1"]))


def _stopped(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_rollout_stalled(db):
        db.set_image("main", "busybox:does-not-exist")


def _works(kworkload: Namespace, manifests: Manifests) -> None:
    db = kworkload.apply(manifests).wait_ready().stateful_set("db")
    with assert_rollout_stalled(db):
        db.patch(workloads.new_version())


SCENARIOS = (
    Scenario(
        "assert_rollout_stalled",
        workloads.deployment,
        _stalled,
        (
            Mutant(
                "no readiness probe",
                "deploy-bad-rollout-keeps-old",
                "readinessProbe",
                drop("spec.template.spec.containers.0.readinessProbe"),
            ),
            Mutant("strategy Recreate", "deploy-bad-rollout-keeps-old", "spec.strategy.type", put("spec.strategy", {"type": "Recreate"})),
        ),
    ),
    Scenario(
        "assert_rollout_stalled",
        lambda: workloads.stateful_set(replicas=2),
        _stopped,
        (
            Mutant("a version that works", "sts-broken-rollout", "readiness", check=_works),
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
