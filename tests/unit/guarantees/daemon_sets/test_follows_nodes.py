"""ds-follows-nodes."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.guarantees.daemon_sets.follows_nodes import check_follows_nodes
from pytest_kworkload.guarantees.finding import Finding

from ...histories import (
    Change,
    Json,
    at,
    changed,
    daemon_set,
    deployment,
    event,
    gone,
    moment,
    node,
    pending,
    pod,
    story,
    template,
    terminating,
    what_broke,
)

DS = daemon_set()
NODES = [node(f"node-{n}") for n in range(4)]
PODS = [pod(f"agent-{n}", DS, node=f"node-{n}") for n in range(4)]
HERE = (*NODES[:3], *PODS[:3])
NO_EXECUTE, NO_SCHEDULE = node("node-2", "disk:NoExecute"), node("node-2", "disk:NoSchedule")


def check(*parts: Json | Change, agent: Json = DS) -> Finding:
    return check_follows_nodes(story(agent, *parts), agent["kind"], agent["metadata"]["uid"])


def test_a_node_joins() -> None:
    finding = check(*HERE, at(1, NODES[3]), at(2, pending(PODS[3])), at(3, PODS[3]))
    assert finding.holds
    assert finding.terms == ("came: node-3",)
    assert finding.evidence == {"joined": ("node-3",), "left": (), "returned": (), "kept": ("node-0", "node-1", "node-2")}


def test_a_node_leaves() -> None:
    finding = check(*HERE, gone(1, NODES[2]), gone(50, terminating(PODS[2])))
    assert finding.holds
    assert finding.terms == ("went: node-2",)
    assert finding.evidence["kept"] == ("node-0", "node-1")


def test_a_taint_comes_and_goes() -> None:
    again = pod("agent-x", DS, node="node-2")
    finding = check(*HERE, at(1, NO_EXECUTE), at(2, terminating(PODS[2])), gone(3, PODS[2]), at(4, NODES[2]), at(5, again))
    assert finding.holds
    assert finding.terms == ("went and came back: node-2",)


def test_a_node_that_is_made_anew_under_its_name() -> None:
    new = {**NODES[2], "metadata": {**NODES[2]["metadata"], "uid": "another"}}
    finding = check(*HERE, gone(1, NODES[2]), at(2, new), gone(3, PODS[2]), at(4, pod("agent-x", DS, node="node-2")))
    assert finding.holds
    assert finding.evidence["returned"] == ("node-2",)


def test_a_label_that_is_asked_for() -> None:
    agent = daemon_set(template=template(nodeSelector={"disk": "ssd"}))
    ssd = [node(f"node-{n}", labels={"disk": "ssd"}) for n in range(2)]
    pods = [pod(f"agent-{n}", agent, node=f"node-{n}") for n in range(2)]
    finding = check(ssd[0], NODES[1], pods[0], at(1, ssd[1]), at(2, pods[1]), agent=agent)
    assert finding.holds
    assert finding.evidence["joined"] == ("node-1",)
    finding = check(*ssd, *pods, at(1, NODES[1]), at(2, terminating(pods[1])), gone(3, pods[1]), agent=agent)
    assert finding.holds
    assert finding.evidence["left"] == ("node-1",)


def test_a_node_on_which_none_ever_belonged_does_not_go() -> None:
    finding = check(*HERE, node("node-9", "disk:NoExecute"), at(1, NODES[3]), at(2, PODS[3]))
    assert finding.holds
    assert finding.terms == ("came: node-3",)


def test_no_pod_comes() -> None:
    quota = event("FailedCreate", DS, "exceeded quota: pods", warning=True)
    finding = check(*HERE, at(1, NODES[3]), at(1.1, quota))
    assert what_broke(finding) == ["no pod on node-3"]
    assert finding.cause == "Warning FailedCreate DaemonSet/agent: exceeded quota: pods"


def test_a_pod_that_is_not_ready() -> None:
    assert what_broke(check(*HERE, at(1, NODES[3]), at(2, pending(PODS[3])))) == ["no Ready pod on node-3"]


def test_a_pod_stays_where_none_belongs() -> None:
    assert what_broke(check(*HERE, at(1, NO_EXECUTE))) == ["a pod on node-2, where none belongs"]
    assert what_broke(check(*HERE, gone(1, NODES[2]))) == ["a pod on node-2, where none belongs"]


def test_upstream_would_pass_a_pod_that_is_replaced_for_nothing() -> None:
    """It looks at how many there are in the end."""
    again = pod("agent-x", DS, node="node-0")
    finding = check(*HERE, at(1, NODES[3]), at(2, PODS[3]), at(3, terminating(PODS[0])), gone(4, PODS[0]), at(5, again))
    assert [(one.what, one.at) for one in finding.breaches] == [
        ("agent-0 was taken down although nothing had changed for it on node-0", moment(3))
    ]
    assert finding.check == "find what, other than the controller, takes its pods away in the block"


def test_a_no_schedule_taint_lets_a_pod_stay() -> None:
    parts = (at(1, NODES[3]), at(2, PODS[3]), at(2.5, NO_SCHEDULE))
    assert check(*HERE, *parts).evidence["kept"] == ("node-0", "node-1", "node-2")
    assert what_broke(check(*HERE, *parts, gone(3, PODS[2]))) == ["agent-2 was taken down although nothing had changed for it on node-2"]


class TestAPodThatStays:
    """Its node can keep no pod for a while, and then it can again."""

    def during(self, second: float, *parts: Change, until: Change | None = None) -> Finding:
        return check(*HERE, *parts, until or at(second, NODES[2]))

    def test_a_taint(self) -> None:
        finding = self.during(45, at(5, NO_EXECUTE))
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [
            ("agent-2 stayed on node-2, which for 40 s should have had no pod", moment(5), moment(45))
        ]
        assert finding.terms == ("went and came back: node-2",)
        assert finding.check == "what keeps the controller from taking the pod away: see its events"

    def test_a_label(self) -> None:
        agent = daemon_set(template=template(nodeSelector={"disk": "ssd"}))
        ssd = node("node-0", labels={"disk": "ssd"})
        finding = check(ssd, pod("agent-0", agent, node="node-0"), at(5, NODES[0]), at(45, ssd), agent=agent)
        assert what_broke(finding) == ["agent-0 stayed on node-0, which for 40 s should have had no pod"]

    def test_a_node_that_lets_it_stay_in_the_end(self) -> None:
        assert what_broke(self.during(45, at(5, NO_EXECUTE), until=at(45, NO_SCHEDULE))) == [
            "agent-2 stayed on node-2, which for 40 s should have had no pod"
        ]

    def test_a_pod_that_came_meanwhile(self) -> None:
        parts = (at(5, NO_EXECUTE), at(6, terminating(PODS[2])), gone(7, PODS[2]))
        again = pod("agent-x", DS, node="node-2")
        assert self.during(45, *parts, at(40, again)).holds
        assert what_broke(self.during(45, *parts, at(10, again))) == ["agent-x stayed on node-2, which for 40 s should have had no pod"]

    def test_a_node_that_is_gone_keeps_its_pod_until_the_garbage_is_collected(self) -> None:
        new = {**NODES[2], "metadata": {**NODES[2]["metadata"], "uid": "another"}}
        assert self.during(0, gone(5, NODES[2]), until=at(65, new)).vacuous
        back = self.during(0, gone(5, NODES[2]), until=at(95, new))
        assert what_broke(back) == ["agent-2 stayed on node-2, which for 90 s should have had no pod"]

    def test_too_short_a_time_changes_nothing(self) -> None:
        finding = self.during(6, at(5, NO_EXECUTE))
        assert finding.vacuous == "the change was over before a pod was told to go: node-2"
        finding = self.during(6, at(5, NO_EXECUTE), at(5.5, NODES[3]), at(5.6, PODS[3]))
        assert finding.holds
        assert finding.terms == ("came: node-3",)

    def test_a_pod_that_was_told_to_go_in_a_short_time(self) -> None:
        again = (at(5.5, terminating(PODS[2])), gone(7, PODS[2]), at(8, pod("agent-x", DS, node="node-2")))
        assert check(*HERE, at(5, NO_EXECUTE), at(6, NODES[2]), *again).holds


class TestVacuous:
    def test_no_node_changes(self) -> None:
        assert check(*HERE, at(1, changed(NODES[0], "metadata.labels.any", "thing")), at(2, NO_SCHEDULE)).vacuous == (
            "for this DaemonSet no node came, went or changed in the block"
        )

    def test_a_node_that_is_not_eligible_joins(self) -> None:
        assert check(*HERE, at(1, node("node-3", "disk:NoSchedule"))).vacuous

    def test_the_template_changes(self) -> None:
        assert check(*HERE, at(1, NODES[3]), at(2, PODS[3]), at(3, daemon_set(template=template("web:2")))).vacuous.startswith(
            "the block changed the template"
        )

    def test_another_kind(self) -> None:
        assert check(*NODES, at(1, node("node-9")), agent=deployment()).vacuous == "a Deployment promises nothing per node"


@pytest.mark.parametrize("ending", [True, False])
def test_a_pod_that_was_going_already_is_no_loss(ending: bool) -> None:
    old = terminating(PODS[0]) if ending else PODS[0]
    parts = (at(1, NODES[3]), at(2, PODS[3]), gone(3, old), at(4, pod("agent-x", DS, node="node-0")))
    assert check(*NODES[:3], old, *PODS[1:3], *parts).holds == ending


@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_it_holds_exactly_when_the_pods_are_where_the_nodes_are(before: set[int], after: set[int], pods: set[int]) -> None:
    """Nodes of a set become those of another one; the pods, which were where the nodes were, end up anywhere."""
    parts: list[Json | Change] = [*(NODES[n] for n in sorted(before)), *(PODS[n] for n in sorted(before))]
    parts += [gone(1, NODES[n]) for n in sorted(before - after)]
    parts += [at(2, NODES[n]) for n in sorted(after - before)]
    parts += [gone(3, PODS[n]) for n in sorted(before - pods)]
    parts += [at(4, PODS[n]) for n in sorted(pods - before)]
    finding = check(*parts)
    if before == after:
        assert finding.vacuous
    else:
        assert finding.holds == (pods == after)


@given(st.integers(0, 60), st.integers(1, 60), st.booleans())
def test_a_pod_that_stays_is_a_breach_after_a_while(since: int, seconds: int, stays: bool) -> None:
    parts: list[Change] = [at(since, NO_EXECUTE), at(since + seconds, NODES[2])]
    if not stays:
        parts += [at(since + seconds, terminating(PODS[2])), gone(125, PODS[2]), at(126, pod("agent-x", DS, node="node-2"))]
    finding = check(*HERE, *parts)
    assert (bool(finding.breaches), bool(finding.vacuous)) == (stays and seconds > 20, stays and seconds <= 20)
