"""rs-replica-count."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.replica_sets.replica_count import check_replica_count, converged
from pytest_kworkload.history.model import History

from ...histories import (
    at,
    changed,
    deployment,
    event,
    failed,
    gone,
    moment,
    pod,
    replica_set,
    story,
    terminating,
    unready,
    what_broke,
    what_broke_with_lines,
)

WEB = replica_set("web", replicas=2, selector={"matchLabels": {"app": "web"}})
A, B = pod("web-a", WEB), pod("web-b", WEB)


def check(history: History, replicas: int = 2, *, kind: str = "ReplicaSet", since: float = 0) -> Finding:
    return check_replica_count(history, kind, f"{kind}/web", replicas, 5, moment(since))


def test_two_stay_two() -> None:
    finding = check(story(WEB, A, B, at(1, unready(A)), at(2, A)))
    assert finding.holds
    assert finding.terms == ("asked for: 2 active pods", "replicas 2", "watched for 5 s")
    assert finding.evidence == {"pods": ("web-a", "web-b"), "states": 3}


def test_terminating_and_finished_pods_come_on_top() -> None:
    assert check(story(WEB, A, B, terminating(pod("web-c", WEB)), failed(pod("web-d", WEB)), gone(1, terminating(pod("web-c", WEB))))).holds


def test_a_pod_that_is_missing_tells_why() -> None:
    finding = check(story(WEB, A, at(1, event("FailedCreate", WEB, "exceeded quota", warning=True))))
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [("active pods: 1", moment(0), ("web-a",))]
    assert finding.cause == "Warning FailedCreate ReplicaSet/web: exceeded quota"


def test_upstream_would_pass_a_state_between_two_polls() -> None:
    finding = check(story(WEB, A, B, at(1, terminating(A)), at(1.01, pod("web-c", WEB)), gone(3, terminating(A))))
    assert [(one.what, one.at) for one in finding.breaches] == [("active pods: 1", moment(1))]


def test_another_number_than_the_workload_wants() -> None:
    finding = check(story(WEB, A, B), replicas=3)
    assert (finding.cause, finding.change) == ("the ReplicaSet wants 2 pods", "spec.replicas: 3 (now 2)")


def test_a_pod_that_nobody_took() -> None:
    finding = check(story(WEB, A, B, pod("bare")))
    assert what_broke_with_lines(finding) == [
        ("pods that the selector matches and nobody controls: 1", ("bare",)),
    ]


def test_pods_of_others_do_not_count() -> None:
    other = replica_set("other", selector={"matchLabels": {"app": "web"}})
    assert check(story(WEB, other, A, B, pod("other-a", other))).holds


def test_a_deployments_pods_are_those_of_its_replica_sets() -> None:
    web = deployment(replicas=1, selector={"matchLabels": {"app": "web"}})
    rs = replica_set("web-1", web, 1)
    assert check(story(web, rs, pod("web-1-a", rs)), replicas=1, kind="Deployment").holds


def test_a_pod_that_a_deployment_does_not_take() -> None:
    web = deployment(replicas=1, selector={"matchLabels": {"app": "web"}})
    rs = replica_set("web-1", web, 1, selector={"matchLabels": {"app": "web", "pod-template-hash": "web-1"}})
    history = story(web, rs, pod("web-1-a", rs), pod("debug"))
    assert check(history, replicas=1, kind="Deployment").holds
    assert converged(history, "Deployment", "Deployment/web", 1)


def test_only_what_was_after_it_had_settled_counts() -> None:
    early = story(WEB, A, at(1, B), at(5, unready(B)))
    assert check(early, since=2).holds
    assert what_broke(check(early)) == ["active pods: 1"]


def test_none_of_what_never_was_is_vacuous() -> None:
    none = changed(WEB, "spec.replicas", 0)
    assert check(story(none, A, gone(1, A)), replicas=0, since=2).holds
    finding = check(story(none), replicas=0)
    assert finding.vacuous == "the ReplicaSet never had a pod, so that it has none shows nothing"


@pytest.mark.parametrize(
    ("history", "there"),
    [
        (story(WEB, A, B), True),
        (story(WEB, A), False),
        (story(WEB, A, B, pod("web-c", WEB)), False),
        (story(WEB, A, B, terminating(pod("web-c", WEB))), True),
        (story(WEB, A, B, pod("bare")), False),
    ],
)
def test_converged(history: History, there: bool) -> None:
    assert converged(history, "ReplicaSet", "ReplicaSet/web", 2) is there


def test_another_number_by_the_scale_subresource() -> None:
    assert check_replica_count(story(WEB, A, B), "ReplicaSet", "ReplicaSet/web", 2, 5, moment(0), 2).holds
    (breach,) = check_replica_count(story(WEB, A, B), "ReplicaSet", "ReplicaSet/web", 2, 5, moment(0), 3).breaches
    assert breach.what == "its scale subresource says 3 replicas"
