"""Deployments, and rollouts of every kind of workload."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, Workload, assert_rollback, assert_rolling_update, assert_rollout_complete, assert_rollout_stalled

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, both, drop, put

NEW_VERSION: dict[str, Any] = {"spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "V", "value": "2"}]}]}}}}
READY_LATE = workloads.pod_spec(ready_after=2)


def rolling(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_rolling_update(web, min_available=3, max_surge=1):
        web.patch(NEW_VERSION)


def _a_replica_set_is_scaled(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_rolling_update(web, min_available=3):
        web.patch(NEW_VERSION)
        kworkload.client.scale("ReplicaSet", web.replica_sets()[0]["metadata"]["name"], 9, kworkload.name)


def _scaled_instead(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_rolling_update(web, min_available=3):
        web.scale(5)


def _none_to_spare() -> dict[str, Any]:
    """The strategy takes no pod away before another is there; and that takes so long that a pod deleted meanwhile is missed."""
    return workloads.deployment(replicas=2, strategy=workloads.rolling(0, 1), pod=workloads.pod_spec(ready_after=4))


def _all_the_time(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_rolling_update(web, min_available=2):
        web.patch(NEW_VERSION)


def _with_a_deleted_pod(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_rolling_update(web, min_available=2):
        victim = web.pods()[0]
        web.patch(NEW_VERSION)
        victim.delete()


def rolled_back(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    template = web.get()["spec"]["template"]
    with assert_rolling_update(web):
        web.patch(NEW_VERSION)
    with assert_rollback(web):
        web.patch([{"op": "replace", "path": "/spec/template", "value": template}])


def _forward_instead(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_rollback(web):
        web.patch(NEW_VERSION)


def stalled(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_rollout_stalled(web):
        web.patch({"spec": {"template": {"spec": {"containers": [{"name": "main", "command": ["sh", "-c", "sleep 3; exit 1"]}]}}}})


def complete(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    workload = applied.find(Workload, None)
    workload.patch(NEW_VERSION)
    assert_rollout_complete(workload)


SCENARIOS = (
    Scenario(
        "assert_rolling_update",
        workloads.deployment,
        rolling,
        (
            Mutant(
                "maxUnavailable 100 %",
                "deploy-rolling-available",
                "spec.strategy.rollingUpdate.maxUnavailable: 1 (now 100%)",
                both(put("spec.strategy", workloads.rolling("100%", 0)), put("spec.template.spec", READY_LATE)),
            ),
            Mutant("strategy Recreate", "deploy-rolling-available", "spec.strategy.type", put("spec.strategy", {"type": "Recreate"})),
            Mutant(
                "no readiness probe", "deploy-rolling-available", "readinessProbe", drop("spec.template.spec.containers.0.readinessProbe")
            ),
            Mutant("the template stays", "deploy-rolling-available", "no new revision", check=_scaled_instead),
            Mutant(
                "maxSurge 100 %",
                "deploy-rolling-surge",
                "spec.strategy.rollingUpdate.maxSurge: 1 (now 100%)",
                put("spec.strategy", workloads.rolling(1, "100%")),
            ),
            Mutant("somebody scales a ReplicaSet", "deploy-rolling-surge", "who else scales", check=_a_replica_set_is_scaled),
            Mutant("fewer replicas than asked for", "deploy-rolling-available", "spec.replicas", put("spec.replicas", 2)),
        ),
    ),
    Scenario(
        "assert_rolling_update",
        _none_to_spare,
        _all_the_time,
        (Mutant("a pod is deleted in the window", "deploy-rolling-available", "spec.replicas", check=_with_a_deleted_pod),),
        name="none to spare",
    ),
    Scenario(
        "assert_rollback",
        workloads.deployment,
        rolled_back,
        (
            Mutant("revisionHistoryLimit 0", "rollback", "spec.revisionHistoryLimit: 10 (now 0)", put("spec.revisionHistoryLimit", 0)),
            Mutant("a template that never was", "rollback", "", check=_forward_instead),
        ),
    ),
    Scenario(
        "assert_rollout_stalled",
        workloads.deployment,
        stalled,
        (
            Mutant(
                "no readiness probe",
                "deploy-bad-rollout-keeps-old",
                "readinessProbe",
                drop("spec.template.spec.containers.0.readinessProbe"),
            ),
            Mutant("strategy Recreate", "deploy-bad-rollout-keeps-old", "spec.strategy", put("spec.strategy", {"type": "Recreate"})),
        ),
    ),
    Scenario(
        "assert_rollout_complete",
        workloads.deployment,
        complete,
        (Mutant("a ReplicaSet, edited in place", "rollout-complete", "kind: Deployment", put("kind", "ReplicaSet")),),
    ),
    Scenario(
        "assert_rollout_complete",
        workloads.daemon_set,
        complete,
        (Mutant("OnDelete", "rollout-complete", "spec.updateStrategy.type", put("spec.updateStrategy", {"type": "OnDelete"})),),
        name="DaemonSet",
    ),
)
