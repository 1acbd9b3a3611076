"""rollback: the old revision is used again."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.rollback import check_rollback
from pytest_kworkload.history.model import History

from ...histories import (
    Json,
    at,
    changed,
    controller_revision,
    daemon_set,
    deployment,
    failed,
    gone,
    moment,
    pending,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    template,
    terminating,
    what_broke,
    what_broke_with_lines,
)

ONE, TWO, THREE = (deployment(image=f"web:{n}") for n in (1, 2, 3))


def rs(n: int, number: int, replicas: int = 0) -> Json:
    return replica_set(f"web-{n}", ONE, replicas=replicas, number=number)


OLD, CURRENT = rs(1, 1), rs(2, 2, replicas=1)
A, X = pod("a", OLD), pod("x", CURRENT)
AGAIN = rs(1, 3, replicas=1)


def check(history: History, kind: str = "Deployment", name: str = "web") -> Finding:
    return check_rollback(history, kind, f"{kind}/{name}")


class TestDeployment:
    def test_the_old_replica_set_is_used_again(self) -> None:
        finding = check(story(TWO, OLD, CURRENT, X, at(1, ONE), at(1.1, AGAIN), at(2, A), at(2.1, terminating(X)), gone(3, X)))
        assert finding.holds
        assert finding.terms == ("revisionHistoryLimit 10",)
        assert finding.trigger == moment(1)
        assert finding.evidence == {"revision": "web-1", "number": 3, "from_number": 2}

    def test_over_several_revisions(self) -> None:
        third, again = rs(3, 3, replicas=1), rs(1, 4, replicas=1)
        finding = check(story(THREE, OLD, rs(2, 2), third, at(1, ONE), at(1.1, again)))
        assert finding.evidence == {"revision": "web-1", "number": 4, "from_number": 3}

    def test_forth_and_back_in_one_block(self) -> None:
        there = replica_set("web-1", ONE, replicas=1, number=1)
        back = rs(1, 3, replicas=1)
        finding = check(story(ONE, there, at(1, TWO), at(1.1, rs(2, 2, replicas=1)), at(2, ONE), at(2.1, back)))
        assert finding.holds
        assert finding.evidence == {"revision": "web-1", "number": 3, "from_number": 1}

    def test_a_revision_made_anew(self) -> None:
        finding = check(story(TWO, OLD, CURRENT, at(1, THREE), at(1.1, rs(3, 3))))
        assert what_broke_with_lines(finding) == [
            (
                "ReplicaSet web-3 was created anew: there was no old revision with this template",
                ("web-1  revision 1, there before", "web-2  revision 2, there before"),
            )
        ]
        assert finding.cause == "this template was never rolled out here, or its revision was beyond the limit"
        assert finding.change == "spec.revisionHistoryLimit: more than 10 (now 10)"
        assert finding.check == "whether `kubectl rollout history` lists the template"

    def test_no_history_is_kept(self) -> None:
        none = [changed(one, "spec.revisionHistoryLimit", 0) for one in (ONE, TWO)]
        finding = check(story(none[1], CURRENT, at(1, none[0]), at(1.1, changed(rs(1, 3), "metadata.uid", "anew"))))
        assert finding.terms == ("revisionHistoryLimit 0",)
        assert finding.cause == "revisionHistoryLimit 0 keeps no old revision, so there was none to go back to"
        assert finding.change == "spec.revisionHistoryLimit: 10 (now 0)"

    def test_by_uid_and_not_by_name(self) -> None:
        finding = check(story(TWO, OLD, CURRENT, at(1, ONE), gone(1.1, OLD), at(1.2, changed(AGAIN, "metadata.uid", "anew"))))
        assert what_broke(finding) == ["ReplicaSet web-1 was created anew: there was no old revision with this template"]

    def test_a_rollback_that_is_not_carried_out(self) -> None:
        finding = check(story(TWO, OLD, CURRENT, X, at(1, changed(ONE, "spec.paused", True))))
        assert what_broke(finding) == ["ReplicaSet web-2 still has revision 2, not one above 2"]
        assert finding.change == "spec.paused: false (now true)"

    def test_a_pod_that_stays_behind(self) -> None:
        finding = check(story(TWO, OLD, CURRENT, X, at(1, ONE), at(1.1, AGAIN), at(2, A)))
        assert what_broke_with_lines(finding) == [("pods that do not have revision web-1: 1", ("x  revision web-2; phase Running",))]

    def test_pods_that_are_leaving_and_pods_of_others_are_not_behind(self) -> None:
        strangers = [pod("stranger", replica_set("other")), pod("bare")]
        leaving = [at(2, A), at(2.1, terminating(X)), at(2.2, failed(pod("evicted", CURRENT)))]
        assert check(story(TWO, OLD, CURRENT, X, *strangers, at(1, ONE), at(1.1, AGAIN), *leaving)).holds

    def test_revisions_of_others_do_not_count(self) -> None:
        other = replica_set("other-9", deployment("other"), number=9)
        assert check(story(TWO, OLD, CURRENT, other, at(1, ONE), at(1.1, AGAIN))).holds


DB = stateful_set(replicas=2, template=template("web:2"))
BACK = stateful_set(replicas=2)
DB_OLD, DB_CURRENT = controller_revision("db-1", DB, 1), controller_revision("db-2", DB, 2)
DB_AGAIN = controller_revision("db-1", DB, 3)


class TestStatefulSet:
    def check(self, *pods: Json, back: Json = BACK) -> Finding:
        return check(story(DB, DB_OLD, DB_CURRENT, *pods, at(1, back), at(1.1, DB_AGAIN)), "StatefulSet", "db")

    def test_the_old_controller_revision_is_used_again(self) -> None:
        finding = self.check(*(replica(DB, n, revision="db-1") for n in range(2)))
        assert finding.holds
        assert finding.evidence == {"revision": "db-1", "number": 3, "from_number": 2}

    def test_a_broken_replica_that_the_revert_does_not_replace(self) -> None:
        broken = pending(replica(DB, 1, revision="db-2"), "CrashLoopBackOff")
        finding = self.check(replica(DB, 0, revision="db-1"), broken)
        assert what_broke_with_lines(finding) == [
            ("pods that do not have revision db-1: 1", ("db-1  revision db-2; container main: CrashLoopBackOff",))
        ]
        assert finding.check == "which pods the controller does not replace; delete() those"

    def test_a_partition_keeps_the_lower_replicas(self) -> None:
        canary = changed(BACK, "spec.updateStrategy", {"rollingUpdate": {"partition": 1}})
        kept, rolled = replica(DB, 0, revision="db-2"), replica(DB, 1, revision="db-1")
        assert self.check(kept, rolled, back=canary).holds


AGENT = daemon_set(template=template("web:2"))


def test_a_daemon_sets_pods_carry_the_hash() -> None:
    revisions = [controller_revision("agent-aa", AGENT, 1), controller_revision("agent-bb", AGENT, 2)]
    again = controller_revision("agent-aa", AGENT, 3)
    for hash_, holds in (("aa", True), ("bb", False)):
        history = story(AGENT, *revisions, pod("agent-x", AGENT, revision=hash_), at(1, daemon_set()), at(1.1, again))
        assert check(history, "DaemonSet", "agent").holds is holds


class TestVacuous:
    def test_nothing_was_rolled_back(self) -> None:
        finding = check(story(TWO, OLD, CURRENT, at(1, changed(TWO, "spec.replicas", 5))))
        assert finding.vacuous == "the block did not change the template, so nothing was rolled back"

    def test_a_replica_set_has_no_revisions(self) -> None:
        bare = replica_set("bare")
        assert check(story(bare), "ReplicaSet", "bare").vacuous == "a ReplicaSet keeps no revisions"

    def test_a_workload_that_the_block_created(self) -> None:
        finding = check(story(at(1, ONE), at(2, TWO)))
        assert finding.vacuous == "the block created the Deployment: there was no revision to go back to"

    def test_a_controller_that_does_nothing(self) -> None:
        assert check(story(TWO, at(1, ONE))).vacuous == "the Deployment has no ReplicaSet: its controller made none"


@pytest.mark.parametrize("limit", [None, 3])
def test_the_limit_is_told(limit: int | None) -> None:
    web = [one if limit is None else changed(one, "spec.revisionHistoryLimit", limit) for one in (ONE, TWO)]
    finding = check(story(web[1], OLD, CURRENT, at(1, web[0]), at(1.1, AGAIN)))
    assert finding.terms == (f"revisionHistoryLimit {limit or 10}",)


class TestUntouched:
    """In the middle of a rollout the pods of the version that is gone back to stay."""

    AGENT = daemon_set(template=template("web:2"))
    BACK = changed(AGENT, "spec.template", template("web:1"))
    FIRST, SECOND = controller_revision("agent-1", AGENT, 1), controller_revision("agent-2", AGENT, 2)
    OLD = pod("agent-a", AGENT, node="node-0", revision="1")
    BROKEN = pending(pod("agent-b", AGENT, node="node-1", revision="2"))
    AGAIN = pod("agent-c", AGENT, node="node-1", revision="1")
    START = (AGENT, FIRST, SECOND, OLD, BROKEN)
    UNDONE = (at(1, BACK), at(1.1, controller_revision("agent-1", AGENT, 3)), gone(2, BROKEN), at(3, AGAIN))

    def test_only_the_pods_of_the_newer_version_go(self) -> None:
        assert check(story(*self.START, *self.UNDONE), "DaemonSet", "agent").holds

    def test_a_pod_that_had_the_version_already_goes(self) -> None:
        again = pod("agent-d", self.AGENT, node="node-0", revision="1")
        finding = check(
            story(*self.START, *self.UNDONE, at(4, terminating(self.OLD)), gone(5, self.OLD), at(6, again)), "DaemonSet", "agent"
        )
        assert what_broke_with_lines(finding) == [("pods that already had revision agent-1 and were taken down: 1", ("agent-a",))]
        assert finding.check == "find what deleted or evicted these pods"

    def test_a_block_with_another_update_in_between(self) -> None:
        """That one may have taken it down."""
        third = changed(self.AGENT, "spec.template", template("web:3"))
        later = controller_revision("agent-1", self.AGENT, 4)
        fine = story(
            *self.START, at(0.5, third), gone(0.7, self.OLD), at(1, self.BACK), at(1.1, later), gone(2, self.BROKEN), at(3, self.AGAIN)
        )
        assert check(fine, "DaemonSet", "agent").holds

    def test_a_deployment(self) -> None:
        old, new = rs(1, 1, replicas=1), rs(2, 2, replicas=1)
        a, x = pod("a", old), pending(pod("x", new))
        undone = (at(1, ONE), at(1.1, rs(1, 3, replicas=1)), gone(2, x))
        assert check(story(TWO, old, new, a, x, *undone)).holds
        assert not check(story(TWO, old, new, a, x, *undone, gone(3, a))).holds
