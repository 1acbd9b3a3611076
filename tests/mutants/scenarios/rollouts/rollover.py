"""A new version in the middle of a rollout."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_eventually, assert_rollover

from ....cluster import workloads
from ....cluster.actions import begin_rollout, ready_deployment
from ...scenario import Manifests, Mutant, Scenario

READY = workloads.new_version(command=workloads.pod_spec()["containers"][0]["command"])


def _rolled_over(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_rollover(web):
        begin_rollout(kworkload, web)
        web.patch(READY)


def _after_the_rollout(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_rollover(web):
        web.patch(workloads.version(2)).wait_ready()
        web.patch(workloads.version(3))


def _an_older_one_is_scaled(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_rollover(web):
        begin_rollout(kworkload, web)
        older = web.replica_sets()[1]["metadata"]["name"]
        web.patch(READY)
        assert_eventually(kworkload.objects("ReplicaSet"), lambda sets: len(sets) == 3, says="three versions")
        kworkload.client.scale("ReplicaSet", older, 9, kworkload.name)


SCENARIOS = (
    Scenario(
        "assert_rollover",
        lambda: workloads.deployment(strategy=workloads.rolling(1, 1)),
        _rolled_over,
        (
            Mutant("the rollout before is over", "deploy-rollover", "before they are Ready", check=_after_the_rollout),
            Mutant(
                "somebody scales an older ReplicaSet",
                "deploy-rollover",
                "scales ReplicaSets of this Deployment",
                check=_an_older_one_is_scaled,
            ),
        ),
    ),
)
