"""ds-one-per-node."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.daemon_sets.one_pod_per_node import Nodes, check_one_per_node
from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.history.model import History

from ...histories import (
    Json,
    at,
    changed,
    daemon_set,
    deployment,
    failed,
    gone,
    node,
    pending,
    pod,
    story,
    template,
    terminating,
    unready,
    what_broke,
)

AGENT = daemon_set()
NODES = [node(f"node-{n}") for n in range(3)]
PODS = [pod(f"agent-{n}", AGENT, node=f"node-{n}") for n in range(3)]
SURGE = daemon_set(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "10%"}})


def check(history: History, nodes: Nodes = "eligible") -> Finding:
    return check_one_per_node(history, "DaemonSet", "DaemonSet/agent", nodes)


def test_one_on_every_node() -> None:
    finding = check(story(AGENT, *NODES, *PODS))
    assert finding.holds
    assert finding.terms == ("3 nodes, 3 eligible", "asked for: one pod on every eligible node")
    assert finding.evidence == {
        "nodes": ("node-0", "node-1", "node-2"),
        "eligible": ("node-0", "node-1", "node-2"),
        "pods": {"node-0": ("agent-0 (Ready)",), "node-1": ("agent-1 (Ready)",), "node-2": ("agent-2 (Ready)",)},
    }


def test_status_is_not_believed() -> None:
    assert what_broke(check(story(AGENT, *NODES, *PODS[:2]))) == ["no pod on node-2"]


def test_a_tainted_node_is_left_out_of_the_eligible_ones() -> None:
    tainted = node("node-2", "team=blue:NoSchedule")
    finding = check(story(AGENT, *NODES[:2], tainted, *PODS[:2]))
    assert finding.holds
    assert finding.evidence["nodes"] == ("node-0", "node-1")


class TestAllNodes:
    def test_every_node_is_asked_for(self) -> None:
        assert check(story(AGENT, *NODES, *PODS), "all").terms[1] == "asked for: one pod on every node"

    @pytest.mark.parametrize(
        ("node_2", "spec", "reason", "change"),
        [
            (
                node("node-2", "team=blue:NoSchedule"),
                {},
                "taint team=blue:NoSchedule is not tolerated",
                "spec.template.spec.tolerations: add one for the taint",
            ),
            (
                node("node-2", labels={"disk": "hdd"}),
                {"nodeSelector": {"disk": "ssd"}},
                "nodeSelector disk: ssd does not match (it has hdd)",
                "spec.template.spec.nodeSelector: without what leaves the node out",
            ),
            (
                node("node-2"),
                {
                    "affinity": {
                        "nodeAffinity": {
                            "requiredDuringSchedulingIgnoredDuringExecution": {
                                "nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]
                            }
                        }
                    }
                },
                "the required node affinity does not match",
                "spec.template.spec.affinity.nodeAffinity: admit the node",
            ),
        ],
    )
    def test_a_node_that_is_left_out(self, node_2: Json, spec: Json, reason: str, change: str) -> None:
        ssd = [node(f"node-{n}", labels={"disk": "ssd"}) for n in range(2)]
        agent = daemon_set(template=template(**spec))
        finding = check(story(agent, *ssd, node_2, *PODS[:2]), "all")
        assert [(one.what, one.lines) for one in finding.breaches] == [("no pod on node-2", (f"node-2     {reason}",))]
        assert finding.cause == f"node-2: {reason}"
        assert finding.change == change

    def test_a_pod_that_is_asked_for_belongs_there(self) -> None:
        tainted = node("node-2", "disk:NoExecute")
        assert check(story(AGENT, *NODES[:2], tainted, *PODS), "all").holds

    def test_a_node_that_has_its_pod_is_no_cause(self) -> None:
        tainted = [node(f"node-{n}", "team=blue:NoSchedule") for n in (1, 2)]
        finding = check(story(AGENT, NODES[0], *tainted, *PODS[:2]), "all")
        assert finding.cause == "node-2: taint team=blue:NoSchedule is not tolerated"


class TestBroken:
    def test_a_pod_that_is_not_ready(self) -> None:
        finding = check(story(AGENT, *NODES, *PODS[:2], pending(PODS[2], "ErrImagePull")))
        assert [(one.what, one.lines) for one in finding.breaches] == [
            ("no Ready pod on node-2", ("node-2     agent-2 (container main: ErrImagePull)",))
        ]
        assert finding.check == "what keeps the pod from being Ready: see its events and its log"

    def test_a_pod_that_waits_for_the_scheduler_is_counted_for_its_node(self) -> None:
        terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-2"]}]}]
        meant = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
        waiting = pending(pod("agent-2", AGENT, node="", affinity=meant))
        assert what_broke(check(story(AGENT, *NODES, *PODS[:2], waiting))) == ["no Ready pod on node-2"]

    def test_two_pods_on_a_node(self) -> None:
        extra = pod("agent-x", AGENT, node="node-1")
        finding = check(story(AGENT, *NODES, *PODS, extra))
        assert [(one.what, one.lines) for one in finding.breaches] == [
            ("2 pods on node-1", ("node-1     agent-1 (Ready), agent-x (Ready)",))
        ]
        assert finding.check == "find what created the second pod: the controller keeps only the oldest"

    def test_upstream_would_pass_a_second_pod_that_is_not_available(self) -> None:
        """Upstream counts the available pods of each node."""
        assert what_broke(check(story(AGENT, *NODES, *PODS, pending(pod("agent-x", AGENT, node="node-1"))))) == ["2 pods on node-1"]

    def test_a_successor_that_does_not_wait_for_the_old_pod_to_be_gone(self) -> None:
        new = pod("agent-x", AGENT, node="node-1")
        finding = check(story(AGENT, *NODES, *PODS, at(1, terminating(PODS[1])), at(1.1, new)))
        assert what_broke(finding) == ["2 pods on node-1"]

    def test_only_a_terminating_pod(self) -> None:
        finding = check(story(AGENT, *NODES, *PODS, at(1, terminating(PODS[1]))))
        assert [(one.what, one.lines) for one in finding.breaches] == [("no Ready pod on node-1", ("node-1     agent-1 (terminating)",))]

    def test_a_failed_pod_is_none(self) -> None:
        assert what_broke(check(story(AGENT, *NODES, *PODS[:2], failed(PODS[2])))) == ["no pod on node-2"]

    def test_a_failed_pod_beside_a_good_one_is_no_second_one(self) -> None:
        assert check(story(AGENT, *NODES, *PODS, failed(pod("agent-x", AGENT, node="node-1")))).holds

    def test_a_pod_of_another_owner_is_none(self) -> None:
        stranger = pod("agent-2", daemon_set("other"), node="node-2")
        finding = check(story(AGENT, *NODES, *PODS[:2], stranger))
        assert [(one.what, one.lines) for one in finding.breaches] == [
            ("no pod on node-2", ("node-2     it is eligible, and no pod is there",))
        ]
        assert (finding.cause, finding.check) == ("", "what keeps the controller from creating the pod: see its events")

    def test_several_nodes(self) -> None:
        finding = check(story(AGENT, *NODES, PODS[0], unready(PODS[1])))
        assert what_broke(finding) == ["no Ready pod on node-1", "no pod on node-2"]
        assert finding.check == (
            "what keeps the pod from being Ready: see its events and its log;"
            " what keeps the controller from creating the pod: see its events"
        )


class TestWhereNoneBelongs:
    def test_a_node_that_is_not_selected(self) -> None:
        agent = daemon_set(template=template(nodeSelector={"disk": "ssd"}))
        ssd = [node(f"node-{n}", labels={"disk": "ssd"}) for n in range(2)]
        finding = check(story(agent, *ssd, node("node-2"), *PODS))
        assert [(one.what, one.lines) for one in finding.breaches] == [
            ("a pod on node-2, where none belongs", ("node-2     agent-2 (Ready): nodeSelector disk: ssd does not match",))
        ]
        assert finding.check == "what keeps the controller from taking the pod away: see its events"

    def test_a_no_execute_taint(self) -> None:
        finding = check(story(AGENT, *NODES[:2], node("node-2", "disk:NoExecute"), *PODS))
        assert what_broke(finding) == ["a pod on node-2, where none belongs"]

    def test_a_no_schedule_taint_lets_a_running_pod_stay(self) -> None:
        history = story(AGENT, *NODES, *PODS, at(1, node("node-2", "team=blue:NoSchedule")))
        assert check(history).holds

    def test_a_node_that_is_not_ready_keeps_its_pod(self) -> None:
        lost = node("node-2", "node.kubernetes.io/not-ready:NoSchedule", "node.kubernetes.io/not-ready:NoExecute")
        assert check(story(AGENT, *NODES[:2], lost, *PODS)).holds

    def test_a_pod_that_is_leaving(self) -> None:
        assert check(story(AGENT, *NODES[:2], node("node-2", "disk:NoExecute"), *PODS[:2], terminating(PODS[2]))).holds

    def test_a_node_that_is_gone(self) -> None:
        finding = check(story(AGENT, *NODES, *PODS, gone(1, NODES[2])))
        assert [one.lines for one in finding.breaches] == [("node-2     agent-2 (Ready): no such node",)]


class TestSurge:
    """With maxSurge an update has an old and a new pod on a node for a while."""

    old = pod("agent-0", SURGE, node="node-0", revision="1")
    rest = tuple(pod(f"agent-{n}", SURGE, node=f"node-{n}", revision="1") for n in (1, 2))

    def test_an_old_and_a_new_pod(self) -> None:
        new = pending(pod("agent-x", SURGE, node="node-0", revision="2"))
        assert check(story(SURGE, *NODES, self.old, *self.rest, new)).holds

    def test_neither_is_ready(self) -> None:
        new = pending(pod("agent-x", SURGE, node="node-0", revision="2"))
        assert what_broke(check(story(SURGE, *NODES, unready(self.old), *self.rest, new))) == ["no Ready pod on node-0"]

    def test_two_of_one_revision(self) -> None:
        twin = pod("agent-x", SURGE, node="node-0", revision="1")
        assert what_broke(check(story(SURGE, *NODES, self.old, *self.rest, twin))) == ["2 pods on node-0"]

    def test_the_old_one_may_still_be_terminating(self) -> None:
        new = pod("agent-x", SURGE, node="node-0", revision="1")
        assert check(story(SURGE, *NODES, terminating(self.old), *self.rest, new)).holds

    @pytest.mark.parametrize("surge", [0, "0%"])
    def test_a_surge_of_nothing_is_none(self, surge: int | str) -> None:
        none = changed(SURGE, "spec.updateStrategy.rollingUpdate.maxSurge", surge)
        new = pod("agent-x", none, node="node-0", revision="2")
        assert what_broke(check(story(none, *NODES, self.old, *self.rest, new))) == ["2 pods on node-0"]

    def test_on_delete_does_not_surge(self) -> None:
        on_delete = changed(SURGE, "spec.updateStrategy.type", "OnDelete")
        new = pod("agent-x", on_delete, node="node-0", revision="2")
        assert what_broke(check(story(on_delete, *NODES, self.old, *self.rest, new))) == ["2 pods on node-0"]


class TestVacuous:
    def test_another_kind(self) -> None:
        finding = check_one_per_node(story(deployment(), *NODES), "Deployment", "Deployment/web")
        assert finding.vacuous == "a Deployment promises nothing per node; if its pods are spread, that is by chance"
        assert finding.change == "kind: DaemonSet (now Deployment)"

    def test_one_node(self) -> None:
        finding = check(story(AGENT, NODES[0], PODS[0]))
        assert finding.vacuous == (
            "nodes in question: 1; with fewer than two, one pod is one per node whatever the controller does (the cluster has no other)"
        )

    def test_no_eligible_node(self) -> None:
        agent = daemon_set(template=template(nodeName="elsewhere"))
        assert check(story(agent, *NODES)).vacuous == (
            "nodes in question: 0; with fewer than two, one pod is one per node whatever the controller does"
            " (node-0 spec.nodeName is elsewhere; node-1 spec.nodeName is elsewhere; node-2 spec.nodeName is elsewhere)"
        )
