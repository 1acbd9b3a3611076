"""What stays true when machines do not.

Belief: "When a node dies, a StatefulSet starts its replica elsewhere." Or: "Pods run because the control plane runs."
Guarantee: a replica whose node cannot be reached is told to go, but its name is not given to a second pod before the node has
    said that the first one has ended, or has been taken out of the cluster. What runs goes on running while the controllers
    are stopped; only nothing is healed meanwhile. A drained node's pods move, as slowly as a budget asks. A new node gets its
    daemon. A stateless pod of a lost node is replaced when the time is over for which it tolerates that: 300 s by default.
To see it break: delete the replica by force while its node is frozen, `pods()[0].delete(grace_seconds=0)`.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from pytest_kworkload import (
    Cluster,
    Namespace,
    assert_at_most_one_per_ordinal,
    assert_budget_counts,
    assert_consistently,
    assert_cordon_respected,
    assert_drain_respects_pdb,
    assert_eventually,
    assert_follows_nodes,
    assert_rescheduled_after_node_loss,
    assert_taint_evicts,
    assert_undisturbed,
)

BOOKS = "app.kubernetes.io/name=ledger"


@pytest.mark.kworkload(nodes=3, needs=["nodes:stop"])
def test_a_book_has_one_hand_also_when_its_node_freezes(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    ledger = kworkload.apply("manifests/ledger.yaml").wait_ready().stateful_set("ledger")
    node = kworkload_cluster.node(ledger.pods()[1].node)

    with assert_at_most_one_per_ordinal(ledger) as successors, node.frozen():
        node.wait_unreachable()
        assert_eventually(kworkload.pods(name="ledger-1"), told_to_go, says="the node is given up")

    assert "ledger-1" in successors.replaced


@pytest.mark.kworkload(nodes=3, needs=["nodes:add"])
def test_a_new_node_gets_its_agent(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    agent = kworkload.apply("manifests/daemon-set.yaml").wait_ready().daemon_set("agent")

    with ExitStack() as faults, assert_follows_nodes(agent) as followed:
        node = faults.enter_context(kworkload_cluster.node_added())

    assert followed.joined == (node.name,)


@pytest.mark.kworkload(nodes=3, needs=["nodes:stop"])
def test_a_courier_outlives_its_node(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    courier = kworkload.apply("manifests/courier.yaml").wait_ready().deployment("courier")
    node = kworkload_cluster.node(courier.pods()[0].node)

    with assert_undisturbed(courier, settle=1):
        node.restart_kubelet()

    with node.killed(), assert_taint_evicts(courier, node, "node.kubernetes.io/unreachable", after=1) as given_up:
        moved = assert_rescheduled_after_node_loss(courier, node)

    assert given_up.evicted == moved.lost


@pytest.mark.kworkload(needs=["control-plane:stop"])
def test_what_runs_goes_on_without_its_controllers(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    ledger = kworkload.apply("manifests/ledger.yaml").wait_ready().stateful_set("ledger")

    with kworkload_cluster.stopped("kube-controller-manager"):
        book = ledger.pods()[0]
        book.delete()
        book.wait_deleted()
        assert_consistently(kworkload.pods(BOOKS), lambda pods: len(pods) == 1, says="nobody puts it back", duration=1)

    assert_eventually(kworkload.pods(BOOKS), lambda pods: len(pods) == 2, says="it is put back")


@pytest.mark.kworkload(nodes=3, needs=["nodes:cordon"])
def test_a_drained_node_gives_its_pods_away(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    ledger = kworkload.apply("manifests/ledger.yaml").wait_ready().stateful_set("ledger")
    node = kworkload_cluster.node(ledger.pods()[0].node)

    with assert_at_most_one_per_ordinal(ledger), node.drained():
        elsewhere = [name for name in kworkload_cluster.nodes if name != node.name]
        assert_eventually(kworkload.pods(BOOKS), lambda pods: on(pods) <= set(elsewhere), says="the books are elsewhere")


@pytest.mark.kworkload(nodes=3, needs=["nodes:cordon"])
def test_a_drain_takes_one_greeter_at_a_time(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    greeter = kworkload.apply("manifests/deployment.yaml").wait_ready().deployment("greeter")
    kworkload.apply("manifests/greeter-service.yaml")
    budget = kworkload.object("PodDisruptionBudget", "greeter").patch({"spec": {"minAvailable": 3}}, type="merge")
    node = kworkload_cluster.node(greeter.pods()[0].node)

    counted = assert_budget_counts(budget, needed=3)
    assert counted.allowed == 1

    with assert_drain_respects_pdb(budget) as drain, node.drained(), assert_cordon_respected(greeter, node):
        greeter.scale(5)

    assert drain.lowest_healthy == 3


def told_to_go(pods: Sequence[Any]) -> bool:
    return all("deletionTimestamp" in pod["metadata"] for pod in pods)


def on(pods: Sequence[Any]) -> set[str]:
    return {pod["spec"].get("nodeName", "") for pod in pods}
