"""self-heal: one pod is deleted, a new one takes its place."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.self_heal import check_self_heal
from pytest_kworkload.history.model import History
from pytest_kworkload.objects.pods import replacement

from ...histories import (
    Change,
    at,
    changed,
    daemon_set,
    deployment,
    event,
    gone,
    moment,
    pending,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    terminating,
    unready,
)

WEB = replica_set("web", replicas=3)
A, B, C = (pod(name, WEB) for name in "abc")
D = pod("d", WEB, node="node-1")
HEALED = [at(1, terminating(A)), at(1.1, pending(D)), at(2, D), gone(3, A)]


def heal(history: History, victim: str = "Pod/a") -> Finding:
    return check_self_heal(history, "ReplicaSet", "ReplicaSet/web", victim)


def test_a_new_pod_takes_the_place() -> None:
    finding = heal(story(WEB, A, B, C, *HEALED))
    assert finding.holds
    assert finding.subject == "ReplicaSet web"
    assert finding.terms == ("3 available before", "deleted: 1 pod", "at least 2 must stay available")
    assert finding.evidence == {"lowest_available": 2, "victim": "Pod/a", "replacement": "Pod/d", "seconds": pytest.approx(2)}
    assert (finding.cause, finding.check, finding.trigger) == ("", "", moment(1))


def test_a_single_pod_may_be_missing_for_a_while() -> None:
    one = replica_set("web", replicas=1)
    assert heal(story(one, A, at(1, terminating(A)), at(1.1, pending(D)), at(2, D), gone(3, A))).holds


def test_a_pod_that_is_deleted_by_force() -> None:
    finding = heal(story(WEB, A, B, C, gone(1, A), at(1.1, pending(D)), at(2, D)))
    assert finding.holds
    assert finding.trigger == moment(1)


def test_a_deployment_heals_through_its_replica_set() -> None:
    web = deployment(replicas=1)
    inner = replica_set("web-1", web)
    a, d = pod("a", inner), pod("d", inner)
    history = story(web, inner, a, at(1, terminating(a)), at(1.1, d), gone(2, a))
    assert check_self_heal(history, "Deployment", "Deployment/web", "Pod/a").holds


class TestBroken:
    def test_nothing_comes(self) -> None:
        finding = heal(story(WEB, A, B, C, at(1, terminating(A)), gone(3, A)))
        assert [(one.what, one.at, one.lines) for one in finding.breaches] == [("no new pod was created", moment(1), ())]
        assert finding.cause == "no warning about it was seen"
        assert finding.check == "what keeps the pods from being available: see their events and logs"
        assert finding.evidence["replacement"] == ""

    def test_the_controllers_warning_is_the_cause(self) -> None:
        stranger = event("BackOff", pod("stranger"), "of somebody else", warning=True)
        denied = event("FailedCreate", WEB, "exceeded quota", warning=True)
        finding = heal(story(WEB, A, B, C, at(1, terminating(A)), at(2, denied), gone(3, A), at(4, stranger)))
        assert finding.cause == "Warning FailedCreate ReplicaSet/web: exceeded quota"
        assert finding.check == "what the warning names (a quota, an admission webhook, a node without room)"

    def test_another_pod_is_missed_meanwhile(self) -> None:
        finding = heal(story(WEB, A, B, C, at(1, terminating(A)), at(1.1, pending(D)), at(1.5, unready(B)), at(2, D), at(3, B), gone(4, A)))
        assert [(one.what, one.at) for one in finding.breaches] == [("1 available", moment(1.5))]
        assert finding.chart is not None
        assert {lane.name: lane.then for lane in finding.chart.lanes}["b"] == "not ready"

    def test_the_new_pod_never_becomes_available(self) -> None:
        stuck = pending(D, "ErrImagePull", "not found")
        finding = heal(story(WEB, A, B, C, at(1, terminating(A)), at(1.1, stuck), gone(3, A)))
        assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
            ("2 of 3 available at the end", None, ("d  container main: ErrImagePull: not found",))
        ]

    def test_a_pod_that_came_before_the_deletion_is_no_replacement(self) -> None:
        four = replica_set("web", replicas=4)
        finding = heal(story(WEB, A, B, C, at(0.5, four), at(0.6, D), at(1, terminating(A)), gone(3, A)))
        assert [one.what for one in finding.breaches] == ["no new pod was created"]

    def test_a_pod_of_another_owner_is_no_replacement(self) -> None:
        stranger = pod("stranger", replica_set("other"))
        finding = heal(story(WEB, A, B, C, at(1, terminating(A)), at(2, stranger), gone(3, A)))
        assert [one.what for one in finding.breaches] == ["no new pod was created"]

    def test_both_ways_are_told(self) -> None:
        finding = heal(story(WEB, A, B, C, at(1, terminating(A)), at(2, unready(B)), gone(3, A)))
        assert [one.what for one in finding.breaches] == ["no new pod was created", "1 available"]


class TestVacuous:
    def test_nothing_was_available_before(self) -> None:
        """A workload that is down already could lose nothing; a replacement that is as dead proves nothing."""
        down = [unready(one) for one in (A, B, C)]
        finding = heal(story(WEB, *down, at(1, terminating(A)), at(2, pending(D)), gone(3, A)))
        assert finding.vacuous == "a was not available before, so nothing was lost that could come back"
        assert finding.check == "wait_ready() before the block"

    def test_a_pod_of_another_workload(self) -> None:
        stranger = pod("stranger", replica_set("other"))
        finding = heal(story(WEB, A, B, C, stranger, gone(1, stranger)), "Pod/stranger")
        assert finding.vacuous.startswith("stranger was not available before")

    def test_one_was_missing_before(self) -> None:
        finding = heal(story(WEB, A, B, unready(C), *HEALED))
        assert finding.vacuous == "only 2 of 3 pods were available before"

    def test_nothing_was_deleted(self) -> None:
        assert heal(story(WEB, A, B, C, at(1, D))).vacuous == "a was not deleted in the block, so nothing had to come back"

    def test_the_replicas_were_lowered(self) -> None:
        finding = heal(story(WEB, A, B, C, at(0.5, replica_set("web", replicas=2)), at(1, terminating(A)), gone(3, A)))
        assert finding.vacuous == "the replicas were lowered, so no pod had to come back"


def test_scaling_down_after_the_healing_is_no_loss() -> None:
    smaller = [at(4, replica_set("web", replicas=2)), at(4.1, terminating(D)), gone(5, D)]
    assert heal(story(WEB, A, B, C, *HEALED, *smaller)).holds


DB = stateful_set(replicas=2)
DB_0, DB_1 = replica(DB, 0), replica(DB, 1)


class TestStatefulSet:
    def heal(self, *changes: Change) -> Finding:
        return check_self_heal(story(DB, DB_0, DB_1, *changes), "StatefulSet", "StatefulSet/db", "Pod/db-1")

    def test_the_same_name_comes_back(self) -> None:
        again = replica(DB, 1, uid="again")
        finding = self.heal(at(1, terminating(DB_1)), gone(2, DB_1), at(2.1, pending(again)), at(3, again))
        assert finding.holds
        assert finding.evidence["replacement"] == "again"

    def test_another_name_is_no_replacement(self) -> None:
        finding = self.heal(at(1, terminating(DB_1)), gone(2, DB_1), at(3, replica(DB, 2)))
        assert [one.what for one in finding.breaches] == ["no new pod was created under the name db-1"]

    def test_a_replica_that_does_not_go_is_not_replaced(self) -> None:
        """At most one pod per ordinal: a finalizer holds the old one, so the new one cannot come."""
        finding = self.heal(at(1, terminating(DB_1)))
        assert [one.lines for one in finding.breaches] == [("db-1  still terminating",)]


AGENT = daemon_set(nodes=2)
ON_0, ON_1 = pod("agent-a", AGENT, node="node-0"), pod("agent-b", AGENT, node="node-1")


class TestDaemonSet:
    def heal(self, *changes: Change) -> Finding:
        return check_self_heal(story(AGENT, ON_0, ON_1, *changes), "DaemonSet", "DaemonSet/agent", "Pod/agent-a")

    def test_a_pod_for_the_same_node(self) -> None:
        new = pod("agent-c", AGENT, node="node-0")
        assert self.heal(at(1, terminating(ON_0)), gone(2, ON_0), at(2.1, pending(new)), at(3, new)).holds

    def test_with_a_surge_the_new_one_comes_at_once(self) -> None:
        new = pod("agent-c", AGENT, node="node-0")
        assert self.heal(at(1, terminating(ON_0)), at(1.1, new), gone(2, ON_0)).holds

    def test_a_pod_for_another_node_is_no_replacement(self) -> None:
        finding = self.heal(at(1, terminating(ON_0)), gone(2, ON_0), at(3, pod("agent-c", AGENT, node="node-2")))
        assert [one.what for one in finding.breaches] == ["no new pod was created for node-0"]


def test_the_replacement_in_its_last_version() -> None:
    labelled = changed(D, "metadata.labels.last", "yes")
    found = replacement(story(WEB, A, B, C, *HEALED, at(4, labelled)), "ReplicaSet", "ReplicaSet/web", A)
    assert found is not None
    assert found["metadata"]["labels"]["last"] == "yes"


def test_no_replacement_before_the_deletion() -> None:
    assert replacement(story(WEB, A, B, C, at(1, D)), "ReplicaSet", "ReplicaSet/web", A) is None
