"""One pod on every node.

Belief: "A DaemonSet puts a pod on every node." Or: "A DaemonSet cannot be rolled back, there is no ReplicaSet."
Guarantee: exactly one on every *eligible* node: one that the template's nodeSelector, its required node affinity and its
    tolerations admit. The taint of a control plane, for one, makes a node ineligible. A deleted pod comes back on the same
    node, also when that one is cordoned. An update takes the pods of maxUnavailable (default 1) nodes at a time. The way back
    is a ControllerRevision.
To see it break: give the template a nodeSelector. README.md shows the lines.
"""

import pytest

from pytest_kworkload import (
    Namespace,
    assert_daemon_rolling_update,
    assert_one_pod_per_node,
    assert_rollback,
    assert_self_heals,
    assert_tolerates_node_conditions,
)


@pytest.mark.kworkload(nodes=3)
def test_an_agent_on_every_node(kworkload: Namespace) -> None:
    agent = kworkload.apply("manifests/daemon-set.yaml").daemon_set("agent")

    placement = assert_one_pod_per_node(agent)

    assert len(placement.nodes) >= 2


@pytest.mark.kworkload(nodes=3)
def test_an_agent_comes_back_on_its_node(kworkload: Namespace) -> None:
    agent = kworkload.apply("manifests/daemon-set.yaml").wait_ready().daemon_set("agent")
    before = {pod.node: pod for pod in agent.pods()}

    healed = assert_self_heals(agent)

    assert before[healed.replacement.node] == healed.victim


@pytest.mark.kworkload(nodes=3)
def test_an_update_leaves_one_node_at_a_time(kworkload: Namespace) -> None:
    agent = kworkload.apply("manifests/daemon-set.yaml").wait_ready().daemon_set("agent")

    with assert_daemon_rolling_update(agent, max_unavailable=1) as update:
        agent.restart()

    assert update.highest_unavailable == 1


@pytest.mark.kworkload(nodes=3)
def test_an_update_is_taken_back(kworkload: Namespace) -> None:
    agent = kworkload.apply("manifests/daemon-set.yaml").wait_ready().daemon_set("agent")
    agent.restart().wait_ready()

    with assert_rollback(agent):
        agent.rollback()


@pytest.mark.kworkload(nodes=3)
def test_an_agent_stays_on_a_node_in_trouble(kworkload: Namespace) -> None:
    agent = kworkload.apply("manifests/daemon-set.yaml").wait_ready().daemon_set("agent")

    tolerated = assert_tolerates_node_conditions(agent)

    assert "node.kubernetes.io/unschedulable:NoSchedule" in tolerated.taints
