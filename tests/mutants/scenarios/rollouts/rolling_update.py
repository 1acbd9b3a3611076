"""Rolling updates of Deployments: capacity and surge."""

from __future__ import annotations

from collections.abc import Callable

from pytest_kworkload import Deployment, Namespace, assert_rolling_update

from ....cluster import workloads
from ....cluster.actions import ready_deployment
from ...scenario import Check, Manifests, Mutant, Scenario, both, drop, put


def _during(act: Callable[[Namespace, Deployment], object], min_available: int, max_surge: int | None = None) -> Check:
    """What happens in the block, and the bounds that the update is held against."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = ready_deployment(kworkload, manifests)
        with assert_rolling_update(web, min_available=min_available, max_surge=max_surge):
            act(kworkload, web)

    return check


def _update(_: Namespace, web: Deployment) -> None:
    web.patch(workloads.new_version())


def _scale_a_replica_set_too(kworkload: Namespace, web: Deployment) -> None:
    web.patch(workloads.new_version())
    kworkload.client.scale("ReplicaSet", web.replica_sets()[0]["metadata"]["name"], 9, kworkload.name)


def _scale_instead(_: Namespace, web: Deployment) -> None:
    web.scale(5)


def _delete_a_pod_too(_: Namespace, web: Deployment) -> None:
    victim = web.pods()[0]
    web.patch(workloads.new_version())
    victim.delete()


def _none_to_spare() -> Manifests:
    """The strategy takes no pod away before another is there; and that takes so long that a pod deleted meanwhile is missed."""
    return [workloads.deployment(replicas=2, strategy=workloads.rolling(0, 1), pod=workloads.pod_spec(ready_after=4))]


SCENARIOS = (
    Scenario(
        "assert_rolling_update",
        workloads.deployment,
        _during(_update, min_available=3, max_surge=1),
        (
            Mutant(
                "maxUnavailable 100 %",
                "deploy-rolling-available",
                "spec.strategy.rollingUpdate.maxUnavailable: 1 (now 100%)",
                both(put("spec.strategy", workloads.rolling("100%", 0)), put("spec.template.spec", workloads.pod_spec(ready_after=2))),
            ),
            Mutant("strategy Recreate", "deploy-rolling-available", "spec.strategy.type", put("spec.strategy", {"type": "Recreate"})),
            Mutant(
                "no readiness probe", "deploy-rolling-available", "readinessProbe", drop("spec.template.spec.containers.0.readinessProbe")
            ),
            Mutant("the template stays", "deploy-rolling-available", "no new revision", check=_during(_scale_instead, min_available=3)),
            Mutant(
                "maxSurge 100 %",
                "deploy-rolling-surge",
                "spec.strategy.rollingUpdate.maxSurge: 1 (now 100%)",
                put("spec.strategy", workloads.rolling(1, "100%")),
            ),
            Mutant(
                "somebody scales a ReplicaSet",
                "deploy-rolling-surge",
                "scales ReplicaSets of this Deployment",
                check=_during(_scale_a_replica_set_too, min_available=3),
            ),
            Mutant("fewer replicas than asked for", "deploy-rolling-available", "spec.replicas", put("spec.replicas", 2)),
        ),
    ),
    Scenario(
        "assert_rolling_update",
        _none_to_spare,
        _during(_update, min_available=2),
        (
            Mutant(
                "a pod is deleted in the window",
                "deploy-rolling-available",
                "spec.replicas",
                check=_during(_delete_a_pod_too, min_available=2),
            ),
        ),
        name="none to spare",
    ),
)
