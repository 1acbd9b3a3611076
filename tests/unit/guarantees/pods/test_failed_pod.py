"""sts-failed-pod."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.pods.failed_pod import check_failed_pod
from pytest_kworkload.history.model import History

from ...histories import at, daemon_set, event, failed, gone, moment, pod, replica, replica_set, stateful_set, story, terminating

DB = stateful_set(replicas=1)
OLD, NEW = replica(DB, 0), replica(DB, 0, uid="new")
FAILED = failed(OLD, "DeadlineExceeded")


def check(history: History, kind: str = "StatefulSet", name: str = "db", victim: str = "db-0") -> Finding:
    return check_failed_pod(history, kind, f"{kind}/{name}", f"Pod/{victim}")


def test_a_replica_comes_back_under_its_name() -> None:
    finding = check(story(DB, OLD, at(1, FAILED), gone(2, FAILED), at(3, NEW)))
    assert finding.holds
    assert finding.terms == ("to finish: db-0",)
    assert finding.evidence == {"pod": "db-0", "phase": "Failed", "replacement": "db-0"}


def test_a_daemon_comes_back_on_its_node() -> None:
    agent = daemon_set()
    old = pod("agent-a", agent, node="node-1")
    back, elsewhere = pod("agent-b", agent, node="node-1"), pod("agent-c", agent, node="node-2")
    story_of = (agent, old, at(1, failed(old)), gone(2, failed(old)))
    assert check(story(*story_of, at(3, back)), "DaemonSet", "agent", "agent-a").evidence["replacement"] == "agent-b"
    finding = check(story(*story_of, at(3, elsewhere)), "DaemonSet", "agent", "agent-a")
    assert [one.what for one in finding.breaches] == ["no new pod was created for node-1"]


def test_a_replica_sets_failed_pod_stays_as_an_object() -> None:
    web = replica_set("web", replicas=1)
    old = pod("web-a", web)
    finding = check(story(web, old, at(1, failed(old)), at(2, pod("web-b", web))), "ReplicaSet", "web", "web-a")
    assert finding.evidence["replacement"] == "web-b"
    early = check(story(web, old, at(0.5, pod("web-b", web)), at(1, failed(old))), "ReplicaSet", "web", "web-a")
    assert [one.what for one in early.breaches] == ["no new pod was created"]


def test_it_is_not_replaced() -> None:
    refused = event("FailedCreate", DB, "exceeded quota", warning=True)
    finding = check(story(DB, OLD, at(1, FAILED), gone(2, FAILED), at(3, refused)))
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
        ("no new pod was created under the name db-0", moment(1), ("db-0  Failed, gone",))
    ]
    assert finding.cause == "Warning FailedCreate StatefulSet/db: exceeded quota"


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [
        (story(DB, OLD), "db-0 did not finish in the block, so it did not have to be replaced"),
        (story(DB, OLD, at(1, terminating(OLD)), gone(2, OLD), at(3, NEW)), "; it was deleted instead"),
        (
            story(DB, OLD, at(1, terminating(OLD)), at(2, terminating(FAILED)), gone(3, terminating(FAILED)), at(4, NEW)),
            "; it was deleted instead",
        ),
        (story(DB, at(1, OLD)), "db-0 was not the StatefulSet's when the block began"),
    ],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert vacuous in finding.vacuous
    assert finding.check
