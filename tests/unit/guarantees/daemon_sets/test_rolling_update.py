"""ds-rolling-update, ds-surge."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.daemon_sets.rolling_update import check_daemon_update
from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.history.model import History

from ...histories import (
    Change,
    Json,
    at,
    changed,
    daemon_set,
    event,
    failed,
    gone,
    moment,
    node,
    pending,
    pod,
    story,
    template,
    terminating,
    unready,
)

NODES = [node(f"node-{n}") for n in range(3)]


def agent(unavailable: int | str = 1, surge: int | str = 0, **spec: Any) -> Json:
    rolling = {"maxUnavailable": unavailable, "maxSurge": surge}
    return daemon_set(**{"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}, **spec})


def updated(obj: Json, image: str = "web:2") -> Json:
    return changed(obj, "spec.template", template(image))


DS, SURGE = agent(), agent(0, 1)
OLD = [pod(f"old-{n}", DS, node=f"node-{n}", revision="1") for n in range(3)]
NEW = [pod(f"new-{n}", DS, node=f"node-{n}", revision="2") for n in range(3)]
THERE = [*NODES, *OLD]


def replace(second: float, n: int) -> list[Change]:
    """Without a surge: the old pod goes, then the new one comes."""
    return [at(second, terminating(OLD[n])), gone(second + 0.5, OLD[n]), at(second + 0.6, pending(NEW[n])), at(second + 1, NEW[n])]


def surge(second: float, n: int) -> list[Change]:
    """With a surge: the new pod comes, then the old one goes."""
    return [at(second, pending(NEW[n])), at(second + 1, NEW[n]), at(second + 1.1, terminating(OLD[n])), gone(second + 1.5, OLD[n])]


def check(history: History, *bounds: int | str | None) -> Finding:
    return check_daemon_update(history, "DaemonSet/agent", *bounds)


ONE_BY_ONE = [at(1, updated(DS)), *replace(2, 1), *replace(4, 0), *replace(6, 2)]
SURGING = [at(1, updated(SURGE)), *surge(2, 1), *surge(4, 0), *surge(6, 2)]


def test_one_node_at_a_time_in_any_order() -> None:
    finding = check(story(DS, *THERE, *ONE_BY_ONE))
    assert finding.holds
    assert finding.terms == (
        "3 eligible nodes",
        "its strategy promises: at most 1 unavailable and 0 with two pods",
        "the strategy allows 1 unavailable (maxUnavailable 1), maxSurge 0",
    )
    assert finding.evidence["nodes"] == ("node-0", "node-1", "node-2")
    assert (finding.evidence["highest_unavailable"], finding.evidence["highest_surge"]) == (1, 0)


def test_the_new_pod_first() -> None:
    finding = check(story(SURGE, *THERE, *SURGING), 0)
    assert finding.holds
    assert (finding.evidence["highest_unavailable"], finding.evidence["highest_surge"]) == (0, 1)


def test_a_node_that_is_not_eligible_does_not_count() -> None:
    tainted = node("node-3", "dedicated=db:NoSchedule")
    assert check(story(DS, *THERE, tainted, *ONE_BY_ONE)).evidence["nodes"] == ("node-0", "node-1", "node-2")


def test_a_node_that_the_new_template_leaves_does_not_count() -> None:
    """Its pod goes, and that is what was asked for."""
    selective = changed(updated(DS), "spec.template.spec.nodeSelector", {"kubernetes.io/hostname": "node-0"})
    both = changed(updated(DS), "spec.template.spec.tolerations", [])
    assert check(story(DS, *THERE, at(1, both), *ONE_BY_ONE[1:])).holds
    finding = check(story(DS, *THERE, at(1, selective), gone(2, OLD[1]), gone(2, OLD[2]), *replace(3, 0)))
    assert finding.terms[0] == "1 eligible node"


class TestNodesThatComeAndGo:
    """A node counts as long as it is eligible, and one that comes from its first available pod on."""

    FOURTH = node("node-3")
    THERE, BOTH = pod("old-3", DS, node="node-3", revision="1"), (at(1, updated(DS)), at(2, terminating(OLD[0])))

    def test_one_that_goes_when_the_bound_was_broken(self) -> None:
        gap = [at(2, terminating(self.THERE)), gone(3, OLD[0]), gone(3, self.THERE), at(4, NEW[0])]
        finding = check(story(DS, *THERE, self.FOURTH, self.THERE, *self.BOTH, *gap, gone(20, self.FOURTH), *replace(21, 1)))
        assert [(one.what, one.at) for one in finding.breaches] == [("2 of 4 without an available pod: node-0, node-3", moment(2))]
        assert finding.evidence["nodes"] == ("node-0", "node-1", "node-2", "node-3")

    def test_one_that_goes_before_its_pod_does(self) -> None:
        parts = [gone(1.5, self.FOURTH), *replace(2, 1), gone(2.5, self.THERE)]
        assert check(story(DS, *THERE, self.FOURTH, self.THERE, at(1, updated(DS)), *parts)).holds

    def test_its_deletion_may_be_heard_of_after_its_pods(self) -> None:
        """Each kind has a connection of its own; what came later in the store did not come before."""
        parts = [*replace(2, 1)[:1], gone(2.3, self.FOURTH), gone(2.2, self.THERE), *replace(2, 1)[1:]]
        assert check(story(DS, *THERE, self.FOURTH, self.THERE, at(1, updated(DS)), *parts)).holds

    def test_one_that_comes_has_no_pod_at_first(self) -> None:
        new = pod("new-3", DS, node="node-3", revision="2")
        parts = [*replace(2, 1)[:3], at(2.7, self.FOURTH), at(2.8, pending(new)), at(3, NEW[1]), at(4, new), *replace(5, 0)]
        finding = check(story(DS, *THERE, at(1, updated(DS)), *parts))
        assert finding.holds
        assert finding.terms[0] == "4 eligible nodes"
        late = [at(5.1, terminating(new)), gone(5.2, new)]
        assert check(story(DS, *THERE, at(1, updated(DS)), *parts[:7], *late, *parts[7:])).breaches

    def test_a_percentage_is_of_the_most_that_there_were(self) -> None:
        third = agent("33%")
        new = pod("new-3", DS, node="node-3", revision="2")
        parts = [at(0.5, self.FOURTH), at(0.7, new), at(1, updated(third)), at(2, terminating(OLD[0])), at(2, terminating(OLD[1]))]
        parts += [gone(3, OLD[0]), gone(3, OLD[1]), at(4, NEW[0]), at(4, NEW[1])]
        finding = check(story(third, *THERE[:3], *OLD, *parts))
        assert finding.holds
        assert finding.evidence["bound"] == 2


def test_a_pod_that_is_seen_before_its_trigger_is_told_from_the_pod() -> None:
    """Each kind has a connection of its own; what came later in the store did not come before."""
    finding = check(story(DS, *THERE, at(2.5, updated(DS)), *replace(2, 1)), 0)
    assert finding.trigger == finding.breaches[0].at == moment(2)


class TestUnavailable:
    TOGETHER = (
        at(2, terminating(OLD[0])),
        at(2, terminating(OLD[1])),
        at(2, event("SuccessfulDelete", DS, "Deleted pod: old-0")),
        at(2, event("SuccessfulDelete", DS, "Deleted pod: old-1")),
        gone(3, OLD[0]),
        at(4, NEW[0]),
        gone(4.5, OLD[1]),
        at(5, NEW[1]),
    )

    def test_two_nodes_at_a_time(self) -> None:
        wide = agent("100%")
        finding = check(story(wide, *THERE, at(1, updated(wide)), *self.TOGETHER, *replace(6, 2)), 1)
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [
            ("2 of 3 without an available pod: node-0, node-1", moment(2), moment(4))
        ]
        assert finding.cause == "old-0, old-1: taken down by the controller, as the strategy allows"
        assert finding.change == "spec.updateStrategy.rollingUpdate.maxUnavailable: 1 (now 100%)"

    def test_no_node_may_be_without(self) -> None:
        finding = check(story(DS, *THERE, *ONE_BY_ONE), 0)
        assert len(finding.breaches) == 3

    def test_what_to_change_if_no_node_may_be_without(self) -> None:
        told = at(2, event("SuccessfulDelete", DS, "Deleted pod: old-1"))
        finding = check(story(DS, *THERE, *ONE_BY_ONE[:2], told, *ONE_BY_ONE[2:]), 0)
        assert finding.change == "spec.updateStrategy.rollingUpdate.maxUnavailable: 0 (now 1) and maxSurge: 1 (now 0)"

    @pytest.mark.parametrize(("asked", "bound"), [("34%", 2), ("33%", 1), (2, 2)])
    def test_a_percentage_rounds_up(self, asked: int | str, bound: int) -> None:
        assert check(story(DS, *THERE, *ONE_BY_ONE), asked).evidence["bound"] == bound
        wide = agent(asked)
        assert check(story(wide, *THERE, at(1, updated(wide)), *ONE_BY_ONE[1:])).evidence["bound"] == bound

    def test_somebody_deletes_a_pod_meanwhile(self) -> None:
        finding = check(story(DS, *THERE, *ONE_BY_ONE[:2], at(2.1, terminating(OLD[2])), *ONE_BY_ONE[2:]))
        assert finding.breaches[0].what.startswith("2 of 3 without an available pod: node-1, node-2")
        assert (finding.change, finding.check) == (
            "",
            "find what, other than the controller, deletes pods of this workload",
        )

    def test_upstream_would_pass_terminating_pods_that_are_still_ready(self) -> None:
        """Upstream counts the pods that are available by their condition, terminating ones too."""
        assert not check(story(DS, *THERE, at(1, updated(DS)), *self.TOGETHER, *replace(6, 2))).holds

    def test_upstream_would_pass_nodes_without_a_pod(self) -> None:
        """Upstream looks at the pods that are there; these nodes have none."""
        assert not check(story(DS, *THERE, at(1, updated(DS)), gone(2, OLD[0]), gone(2, OLD[1]), at(3, NEW[0]), at(3, NEW[1]))).holds


class TestSurge:
    def test_two_nodes_with_a_second_pod(self) -> None:
        wide = agent(0, "100%")
        both = [at(2, pending(NEW[0])), at(2.1, pending(NEW[1])), at(3, NEW[0]), at(3, NEW[1])]
        finding = check(story(wide, *THERE, at(1, updated(wide)), *both), 0, 1)
        assert [(one.what, one.at) for one in finding.breaches] == [("2 of 3 with a second pod: node-0, node-1", moment(2.1))]
        assert finding.change == "spec.updateStrategy.rollingUpdate.maxSurge: 1 (now 100%)"

    def test_no_node_may_have_two(self) -> None:
        finding = check(story(SURGE, *THERE, *SURGING), 1, 0)
        assert [one.what for one in finding.breaches] == [f"1 of 3 with a second pod: node-{n}" for n in (1, 0, 2)]
        assert finding.cause == "maxSurge 1 gives 1 of the nodes a second pod at a time"
        assert finding.chart is None
        assert finding.change == "spec.updateStrategy.rollingUpdate.maxSurge: 0 (now 1) and maxUnavailable: 1"

    def test_the_next_node_begins_when_the_new_pod_is_available(self) -> None:
        """The old pod of the node before is still there."""
        quick = [at(2, pending(NEW[1])), at(3, NEW[1]), at(3.1, pending(NEW[0])), at(3.2, terminating(OLD[1]))]
        assert check(story(SURGE, *THERE, at(1, updated(SURGE)), *quick), 0).holds

    def test_beside_an_unavailable_pod_it_is_outside_the_budget(self) -> None:
        sick = [*NODES, *OLD[:2], unready(OLD[2])]
        ds = agent(0, 1)
        both = [at(2, pending(NEW[2])), at(2.1, pending(NEW[1])), at(3, NEW[2]), at(3, NEW[1])]
        assert check(story(ds, *sick, at(1, updated(ds)), *both), 1).holds

    def test_two_of_one_revision(self) -> None:
        twin = pod("twin", DS, node="node-1", revision="2")
        finding = check(story(SURGE, *THERE, *SURGING[:3], at(3.05, pending(twin)), gone(3.1, pending(twin)), *SURGING[3:]), 0)
        assert [(one.what, one.lines) for one in finding.breaches] == [
            ("twin was created on node-1 beside another pod", ("new-1  available",))
        ]

    def test_without_a_surge_the_new_pod_waits_until_the_old_one_is_gone(self) -> None:
        early = [at(2, terminating(OLD[1])), at(2.1, pending(NEW[1])), gone(2.5, OLD[1]), at(3, NEW[1])]
        finding = check(story(DS, *THERE, at(1, updated(DS)), *early, *replace(4, 0), *replace(6, 2)))
        assert [(one.what, one.lines) for one in finding.breaches] == [
            ("new-1 was created on node-1 beside another pod", ("old-1  terminating",))
        ]
        assert finding.check == "find what, other than the controller, creates pods of this DaemonSet"

    def test_a_pod_whose_processes_have_ended_is_none(self) -> None:
        ended = [at(2, terminating(failed(OLD[1]))), at(2.1, pending(NEW[1])), gone(2.5, failed(OLD[1])), at(3, NEW[1])]
        assert check(story(DS, *THERE, at(1, updated(DS)), *ended, *replace(4, 0), *replace(6, 2))).holds


class TestVacuous:
    def test_the_block_created_it(self) -> None:
        assert check(story(*NODES, at(1, DS), at(2, OLD[0]))).vacuous == "the block created the DaemonSet: a first rollout replaces no pod"

    def test_no_new_revision(self) -> None:
        assert check(story(DS, *THERE)).vacuous.startswith("the block made no new revision")

    def test_on_delete(self) -> None:
        idle = daemon_set(updateStrategy={"type": "OnDelete"})
        finding = check(story(idle, *THERE, at(1, updated(idle))))
        assert (finding.terms, finding.change) == (
            ("3 eligible nodes", "updateStrategy OnDelete"),
            "spec.updateStrategy.type: RollingUpdate (now OnDelete)",
        )

    def test_no_readiness_signal(self) -> None:
        bare = changed(DS, "spec.template", template("web:2", probe=False))
        assert "no readiness signal" in check(story(DS, *THERE, at(1, bare), *ONE_BY_ONE[1:])).vacuous

    def test_every_node_may_be_without(self) -> None:
        finding = check(story(DS, *THERE, *ONE_BY_ONE), "100%")
        assert finding.vacuous == "3 unavailable of 3 nodes promises nothing: no update could break it"

    def test_one_node(self) -> None:
        assert check(story(DS, NODES[0], OLD[0], at(1, updated(DS)), *replace(2, 0))).vacuous.startswith("1 unavailable of 1 node")

    def test_unavailable_from_the_start(self) -> None:
        finding = check(story(DS, *NODES, OLD[0], unready(OLD[1]), unready(OLD[2]), *ONE_BY_ONE))
        assert finding.vacuous == "nodes without an available pod when the block began: 2, more than the bound of 1"

    def test_nothing_moved(self) -> None:
        finding = check(story(DS, *THERE, at(1, updated(DS))))
        assert finding.vacuous == "no node got a pod of another version: the update was not carried out"

    def test_a_template_that_is_taken_back_and_a_pod_that_somebody_deletes(self) -> None:
        again = pod("again-1", DS, node="node-1", revision="1")
        deleted = [at(3, terminating(OLD[1])), gone(3.5, OLD[1]), at(3.6, pending(again)), at(4, again)]
        finding = check(story(DS, *THERE, at(1, updated(DS)), at(2, DS), *deleted))
        assert finding.vacuous == "no node got a pod of another version: the update was not carried out"
