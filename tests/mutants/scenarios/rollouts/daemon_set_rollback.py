"""A DaemonSet's rollback."""

from __future__ import annotations

from pytest_kworkload import DaemonSet, Namespace, assert_eventually, assert_rollback

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario


def _in_the_middle(kworkload: Namespace, manifests: Manifests) -> DaemonSet:
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
        "assert_rollback",
        workloads.daemon_set,
        undone,
        (Mutant("all pods are deleted", "rollback", "what deletes the pods", check=_undone_by_hand),),
        name="DaemonSet",
    ),
)
