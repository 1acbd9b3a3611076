"""How a DaemonSet updates."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_daemon_rolling_update

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put

ONE_NODE = {"kubernetes.io/hostname": "node-0"}


def updated(kworkload: Namespace, manifests: Manifests) -> None:
    agent = kworkload.apply(manifests).wait_ready().daemon_set("agent")
    with assert_daemon_rolling_update(agent, max_unavailable=1, max_surge=1):
        agent.patch(workloads.new_version())


def _not_updated(kworkload: Namespace, manifests: Manifests) -> None:
    agent = kworkload.apply(manifests).wait_ready().daemon_set("agent")
    with assert_daemon_rolling_update(agent, max_unavailable=1, max_surge=1):
        agent.pods()[0].delete()


def _updated_and_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    agent = kworkload.apply(manifests).wait_ready().daemon_set("agent")
    with assert_daemon_rolling_update(agent, max_unavailable=1, max_surge=1):
        pods = agent.pods()
        agent.patch(workloads.new_version())
        for pod in pods:
            pod.delete()


SCENARIOS = (
    Scenario(
        "assert_daemon_rolling_update",
        workloads.daemon_set,
        updated,
        (
            Mutant(
                "maxUnavailable 100 %",
                "ds-rolling-update",
                "spec.updateStrategy.rollingUpdate.maxUnavailable: 1 (now 100%)",
                put("spec.updateStrategy", workloads.rolling("100%", 0)),
            ),
            Mutant(
                "maxSurge 100 %",
                "ds-rolling-update",
                "spec.updateStrategy.rollingUpdate.maxSurge: 1 (now 100%)",
                put("spec.updateStrategy", workloads.rolling(0, "100%")),
            ),
            Mutant("OnDelete", "ds-rolling-update", "spec.updateStrategy.type", put("spec.updateStrategy", {"type": "OnDelete"})),
            Mutant("no readiness probe", "ds-rolling-update", "readinessProbe", drop("spec.template.spec.containers.0.readinessProbe")),
            Mutant("one eligible node", "ds-rolling-update", "nodes=3", put("spec.template.spec.nodeSelector", ONE_NODE)),
            Mutant("the template stays", "ds-rolling-update", "no new revision", check=_not_updated),
            Mutant(
                "pods are deleted in the window",
                "ds-rolling-update",
                "find what, other than the controller, deletes pods",
                check=_updated_and_deleted,
            ),
        ),
    ),
)
