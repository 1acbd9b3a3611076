"""DaemonSets: one pod per node, updates, nodes in trouble."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import (
    Namespace,
    Workload,
    assert_daemon_rolling_update,
    assert_eventually,
    assert_one_pod_per_node,
    assert_rollback,
    assert_tolerates_node_conditions,
)

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put

ONE_NODE = {"kubernetes.io/hostname": "node-0"}


def every_node(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_one_pod_per_node(applied.find(Workload, None), nodes="all")


def eligible_nodes(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_one_pod_per_node(applied.find(Workload, None))


def _as_a_deployment(manifests: Manifests) -> None:
    manifests[:] = [workloads.deployment("agent", replicas=3)]


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


def tolerant(kworkload: Namespace, manifests: Manifests) -> None:
    assert_tolerates_node_conditions(kworkload.apply(manifests).wait_ready().find(Workload, None))


def _nowhere(kworkload: Namespace, manifests: Manifests) -> None:
    assert_tolerates_node_conditions(kworkload.apply(manifests).find(Workload, None))


def _in_the_middle(kworkload: Namespace, manifests: Manifests) -> Any:
    """The DaemonSet with one pod of a version that does not start."""
    agent = kworkload.apply(manifests).wait_ready().daemon_set("agent")
    old = {pod.uid for pod in agent.pods()}
    agent.set_image("main", "registry.invalid/agent:does-not-exist")
    new = kworkload.pods("app=agent")
    assert_eventually(new, lambda pods: any(one["metadata"]["uid"] not in old for one in pods), says="one is replaced")
    return agent


def undone(kworkload: Namespace, manifests: Manifests) -> None:
    agent = _in_the_middle(kworkload, manifests)
    with assert_rollback(agent):
        agent.rollback()


def _undone_by_hand(kworkload: Namespace, manifests: Manifests) -> None:
    agent = _in_the_middle(kworkload, manifests)
    with assert_rollback(agent):
        agent.rollback()
        for pod in agent.pods():
            pod.delete()


SCENARIOS = (
    Scenario(
        "assert_one_pod_per_node",
        workloads.daemon_set,
        every_node,
        (
            Mutant("nodeSelector", "ds-one-per-node", "nodeSelector", put("spec.template.spec.nodeSelector", ONE_NODE)),
            Mutant("a Deployment that is spread by chance", "ds-one-per-node", "kind: DaemonSet", _as_a_deployment),
        ),
        name="all",
    ),
    Scenario(
        "assert_one_pod_per_node",
        workloads.daemon_set,
        eligible_nodes,
        (Mutant("one eligible node", "ds-one-per-node", "nodeSelector", put("spec.template.spec.nodeSelector", ONE_NODE)),),
        name="eligible",
    ),
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
            Mutant("pods are deleted in the window", "ds-rolling-update", "what takes the pod away", check=_updated_and_deleted),
        ),
    ),
    Scenario(
        "assert_tolerates_node_conditions",
        workloads.daemon_set,
        tolerant,
        (
            Mutant("a Deployment", "ds-tolerations", "kind: DaemonSet", _as_a_deployment),
            Mutant(
                "no node",
                "ds-tolerations",
                "the nodes that its template admits",
                put("spec.template.spec.nodeSelector", {"kubernetes.io/hostname": "nowhere"}),
                check=_nowhere,
            ),
        ),
    ),
    Scenario(
        "assert_rollback",
        workloads.daemon_set,
        undone,
        (Mutant("all pods are deleted", "rollback", "what deletes the pods", check=_undone_by_hand),),
        name="DaemonSet",
    ),
)
