"""Updates with strategy Recreate."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_recreate

from ....cluster import workloads
from ....cluster.actions import ready_deployment
from ...scenario import Manifests, Mutant, Scenario, put


def _updated(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_recreate(web):
        web.patch(workloads.new_version())


def _by_force(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_recreate(web):
        (pod,) = web.pods()
        web.scale(0)
        pod.delete(grace_seconds=0)
        web.patch({"spec": {"replicas": 1, **workloads.new_version()["spec"]}})


def _scaled(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_recreate(web):
        web.scale(2)


SCENARIOS = (
    Scenario(
        "assert_recreate",
        lambda: workloads.deployment(replicas=1, strategy={"type": "Recreate"}),
        _updated,
        (
            Mutant(
                "strategy RollingUpdate", "deploy-recreate", "spec.strategy.type: Recreate", put("spec.strategy", workloads.rolling(0, 1))
            ),
            Mutant("an old pod is deleted by force", "deploy-recreate", "grace_seconds=0", check=_by_force),
            Mutant("the template stays", "deploy-recreate", "no new revision", check=_scaled),
        ),
    ),
)
