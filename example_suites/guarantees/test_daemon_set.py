"""One pod on every node.

Belief: "A DaemonSet puts a pod on every node."
Guarantee: exactly one on every *eligible* node: one that the template's nodeSelector, its required node affinity and its
    tolerations admit. The taint of a control plane, for one, makes a node ineligible. A deleted pod comes back on the same
    node.
To see it break: give the template a nodeSelector. README.md shows the lines.
"""

import pytest

from pytest_kworkload import Namespace, assert_one_pod_per_node, assert_self_heals


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
