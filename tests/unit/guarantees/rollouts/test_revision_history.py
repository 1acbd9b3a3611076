"""deploy-history-limit."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.rollouts.revision_history import check_revision_history
from pytest_kworkload.history.model import History

from ...histories import (
    Json,
    at,
    controller_revision,
    daemon_set,
    deployment,
    gone,
    pod,
    replica,
    replica_set,
    stateful_set,
    story,
    what_broke,
    what_broke_with_lines,
)

WEB = deployment(revisionHistoryLimit=1)


def rs(n: int, replicas: int = 0) -> Json:
    return replica_set(f"web-{n}", WEB, replicas, number=n)


def check(history: History, limit: int = 1, kind: str = "Deployment", name: str = "web") -> Finding:
    return check_revision_history(history, kind, f"{kind}/{name}", limit)


def test_the_newest_old_version_is_kept() -> None:
    finding = check(story(WEB, rs(1), rs(2), rs(3, 3), gone(1, rs(1))))
    assert finding.holds
    assert finding.terms == ("asked for: 1 old version kept", "revisionHistoryLimit 1")
    assert finding.evidence == {"kept": ("web-2",), "ever": 3}


def test_too_many_are_kept() -> None:
    web = deployment()
    finding = check(story(web, rs(1), rs(2), rs(3, 3)))
    assert what_broke_with_lines(finding) == [("old versions kept: 2", ("web-1", "web-2"))]
    assert (finding.cause, finding.change) == ("the Deployment's own limit is 10", "spec.revisionHistoryLimit: 1 (now 10)")


def test_too_few_are_kept() -> None:
    finding = check(story(WEB, rs(1), rs(2), rs(3, 3), gone(1, rs(1)), gone(2, rs(2))))
    assert what_broke(finding) == ["old versions kept: only 0, so there is no way back to the others"]
    assert finding.check == "find what, other than the controller, creates or deletes ReplicaSets of this Deployment"


def test_the_oldest_is_kept_instead_of_the_newest() -> None:
    finding = check(story(WEB, rs(1), rs(2), rs(3, 3), gone(1, rs(2))))
    assert what_broke_with_lines(finding) == [("versions deleted although older ones are kept", ("web-2",))]


def test_a_version_with_pods_is_in_use() -> None:
    assert check(story(WEB, rs(1, 1), rs(2), rs(3, 2))).holds


def test_none_is_kept() -> None:
    web = deployment(revisionHistoryLimit=0)
    assert check(story(web, rs(1), rs(2, 3), gone(1, rs(1))), limit=0).holds


def test_versions_of_others_do_not_count() -> None:
    assert check(story(WEB, replica_set("other", deployment("other"), 0), rs(1), rs(2), rs(3, 3), gone(1, rs(1)))).holds


def test_a_stateful_set_keeps_versions_besides_those_in_use() -> None:
    db = stateful_set(revisionHistoryLimit=1)
    every = [controller_revision(f"db-{n}", db, n) for n in range(1, 5)]
    finding = check(story(db, *every, replica(db, 0, revision="db-1"), gone(1, every[1])), kind="StatefulSet", name="db")
    assert finding.holds
    assert finding.evidence == {"kept": ("db-3",), "ever": 4}  # the first is in use, the last is the newest


class TestDaemonSet:
    """It counts the old versions that are in use, and takes away the oldest that are not."""

    def check(self, used: str, *gone_ones: int, limit: int = 2) -> Finding:
        agent = daemon_set(revisionHistoryLimit=limit)
        every = {n: controller_revision(f"agent-{n}", agent, n) for n in range(1, 6)}
        mine = pod("agent-a", agent, revision=used)
        return check(story(agent, *every.values(), mine, *(gone(n, every[n]) for n in gone_ones)), limit, "DaemonSet", "agent")

    def test_one_in_use_and_one_that_is_not(self) -> None:
        assert self.check("3", 1, 2).evidence["kept"] == ("agent-4",)
        assert self.check("3", 1, 2).holds
        assert self.check("1", 2, 3).holds

    def test_none_in_use(self) -> None:
        assert self.check("5", 1, 2).evidence["kept"] == ("agent-3", "agent-4")
        assert self.check("5", 1, 2).holds

    def test_more_than_the_limit_is_in_use(self) -> None:
        assert self.check("1", 2, 3, 4, limit=0).holds

    def test_too_many_and_too_few(self) -> None:
        assert what_broke(self.check("3", 1)) == ["old versions kept: 2"]
        assert [one.what[:25] for one in self.check("3", 1, 2, 4).breaches] == ["old versions kept: only 0"]


@pytest.mark.parametrize(
    ("history", "kind", "vacuous"),
    [
        (story(WEB, rs(1), rs(2, 3)), "Deployment", "this test made only 1 old version, so none had to go"),
        (story(replica_set("web")), "ReplicaSet", "a ReplicaSet keeps no revisions"),
        (story(WEB, at(1, rs(1, 3))), "Deployment", "this test made only 0 old versions, so none had to go"),
    ],
)
def test_vacuous(history: History, kind: str, vacuous: str) -> None:
    finding = check(history, kind=kind)
    assert vacuous in finding.vacuous
    assert finding.change or finding.check
