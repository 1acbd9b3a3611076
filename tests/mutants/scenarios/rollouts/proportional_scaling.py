"""Scaling in the middle of a rollout."""

from __future__ import annotations

import pytest

from pytest_kworkload import Cluster, Namespace, assert_proportional_scaling

from ....cluster import workloads
from ....cluster.actions import begin_rollout, ready_deployment, scale_by_another
from ...scenario import Manifests, Mutant, Scenario, put


def _spread(kworkload: Namespace, manifests: Manifests, *cluster: Cluster) -> None:
    web = ready_deployment(kworkload, manifests)
    begin_rollout(kworkload, web)
    with assert_proportional_scaling(web):
        web.scale(9)


def _not_in_a_rollout(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_proportional_scaling(web):
        web.scale(9)


def _recreate_instead(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    begin_rollout(kworkload, web, (0, 4))
    with assert_proportional_scaling(web):
        web.scale(5)


def _by_another(kworkload: Namespace, manifests: Manifests, cluster: Cluster) -> None:
    web = ready_deployment(kworkload, manifests)
    begin_rollout(kworkload, web)
    with assert_proportional_scaling(web), cluster.stopped("kube-controller-manager"):
        scale_by_another(kworkload, web)


def _rolling() -> Manifests:
    return [workloads.deployment(strategy=workloads.rolling(1, 1))]


SCENARIOS = (
    Scenario(
        "assert_proportional_scaling",
        _rolling,
        _spread,
        (
            Mutant("no rollout is under way", "deploy-proportional-scale", "that does not become Ready", check=_not_in_a_rollout),
            Mutant(
                "strategy Recreate",
                "deploy-proportional-scale",
                "spec.strategy.type: RollingUpdate (now Recreate)",
                put("spec.strategy", {"type": "Recreate"}),
                check=_recreate_instead,
            ),
        ),
    ),
    Scenario(
        "assert_proportional_scaling",
        _rolling,
        _spread,
        (Mutant("a second controller", "deploy-proportional-scale", "scales ReplicaSets of this Deployment", check=_by_another),),
        name="without its controller",
        marks=(pytest.mark.kworkload(needs=["control-plane:stop"]),),
        breaks=True,
    ),
)
