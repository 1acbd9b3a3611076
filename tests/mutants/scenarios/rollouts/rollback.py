"""Going back to an older template."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_rollback, assert_rolling_update

from ....cluster import workloads
from ....cluster.actions import ready_deployment, replace_one_pod
from ...scenario import Manifests, Mutant, Scenario, put


def _back(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    template = web.get()["spec"]["template"]
    with assert_rolling_update(web):
        web.patch(workloads.new_version())
    with assert_rollback(web):
        web.patch([{"op": "replace", "path": "/spec/template", "value": template}])


def _forward_instead(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_rollback(web):
        web.patch(workloads.new_version())


def _back_in_the_middle(kworkload: Namespace, manifests: Manifests) -> None:
    agent = kworkload.apply(manifests).wait_ready().daemon_set("agent")
    replace_one_pod(kworkload, agent)
    with assert_rollback(agent):
        agent.rollback()


def _back_by_hand(kworkload: Namespace, manifests: Manifests) -> None:
    agent = kworkload.apply(manifests).wait_ready().daemon_set("agent")
    replace_one_pod(kworkload, agent)
    with assert_rollback(agent):
        agent.rollback()
        for pod in agent.pods():
            pod.delete()


SCENARIOS = (
    Scenario(
        "assert_rollback",
        workloads.deployment,
        _back,
        (
            Mutant("revisionHistoryLimit 0", "rollback", "spec.revisionHistoryLimit: 10 (now 0)", put("spec.revisionHistoryLimit", 0)),
            Mutant("a template that never was", "rollback", "kubectl rollout history", check=_forward_instead),
        ),
    ),
    Scenario(
        "assert_rollback",
        workloads.daemon_set,
        _back_in_the_middle,
        (Mutant("all pods are deleted", "rollback", "what deleted or evicted these pods", check=_back_by_hand),),
        name="DaemonSet",
    ),
)
