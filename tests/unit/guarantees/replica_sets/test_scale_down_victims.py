"""rs-scale-down-victims."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.replica_sets.scale_down_victims import COST, check_scale_down_victims
from pytest_kworkload.history.model import History

from ...histories import (
    Json,
    at,
    changed,
    deployment,
    failed,
    gone,
    moment,
    pending,
    pod,
    replica_set,
    stateful_set,
    story,
    terminating,
    unready,
    what_broke,
)

WEB = replica_set("web", replicas=2)
A, B = pod("a", WEB, node="node-0"), pod("b", WEB, node="node-1")


def cost(obj: Json, value: str) -> Json:
    return changed(obj, "metadata.annotations", {COST: value})


def check(history: History, *expected: str, kind: str = "ReplicaSet") -> Finding:
    return check_scale_down_victims(history, kind, f"{kind}/web", [f"Pod/{one}" for one in expected])


def unscheduled(obj: Json) -> Json:
    return changed(pending(obj), "spec.nodeName", "")


@pytest.mark.parametrize(
    "first",
    [unscheduled(A), pending(A), changed(A, "status.phase", "Unknown"), unready(A), cost(A, "-1")],
)
def test_the_one_that_ranks_first_goes(first: Json) -> None:
    finding = check(story(WEB, first, B, at(1, terminating(first)), gone(2, terminating(first))), "a")
    assert finding.holds
    assert finding.terms == ("expected to go: a",)
    assert finding.evidence == {"victims": ("a",), "kept": ("b",)}


def test_more_pods_on_a_node_rank_first() -> None:
    c = pod("c", WEB, node="node-1")
    finding = check(story(WEB, A, B, c, at(1, terminating(B)), at(1, terminating(c))), "b", "c")
    assert finding.holds
    tied = check(story(WEB, A, B, c, at(1, terminating(B))), "b")
    assert tied.vacuous == "which of b and c goes is not promised: both are Ready, deletion cost 0, 2 pods on its node"


def test_another_one_goes() -> None:
    cheap = cost(A, "-5")
    finding = check(story(WEB, cheap, B, at(1, terminating(cheap))), "b")
    assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
        (
            "a went; b did not go",
            moment(1),
            ("a  went: Ready, deletion cost -5, 1 pod on its node", "b  stayed: Ready, deletion cost 0, 1 pod on its node"),
        )
    ]
    assert finding.cause == "the controller took the lowest in its order"
    assert COST in finding.change


def test_somebody_else_deletes_one_too() -> None:
    cheap, c = cost(A, "-5"), cost(pod("c", WEB, node="node-2"), "-1")
    finding = check(story(WEB, cheap, B, c, at(1, terminating(B)), at(1, terminating(cheap))), "a")
    assert what_broke(finding) == ["b went"]
    assert finding.cause == "the controller would have taken others: something else deleted pods too"


def test_only_a_pod_that_had_finished_goes() -> None:
    ended = failed(pod("c", WEB))
    finding = check(story(WEB, unready(A), B, ended, gone(1, ended)), "a")
    assert what_broke(finding) == ["a did not go"]


def test_the_state_just_before_counts() -> None:
    """What changes when pods begin to go is their consequence."""
    sick = [at(1, unready(A)), at(2, terminating(unready(A))), at(3, unready(B))]
    assert check(story(WEB, A, B, *sick), "a").holds


def test_terminating_and_finished_pods_are_no_choice() -> None:
    others = [terminating(pod("c", WEB)), failed(pod("d", WEB))]
    cheap = cost(A, "-1")
    finding = check(story(WEB, cheap, B, *others, gone(0.5, others[0]), at(1, terminating(cheap))), "a")
    assert finding.holds


def test_a_cost_that_is_no_number_is_none() -> None:
    assert check(story(WEB, unready(A), cost(B, "low"), at(1, terminating(unready(A)))), "a").holds


def test_pods_of_two_versions_do_not_compete() -> None:
    web = deployment(replicas=2)
    one, two = replica_set("web-1", web, 1), replica_set("web-2", web, 1, number=2)
    old, new = pod("old", one), pod("new", two)
    assert check(story(web, one, two, old, new, at(1, terminating(old))), "old", kind="Deployment").holds


@pytest.mark.parametrize(
    ("history", "kind", "vacuous"),
    [
        (story(WEB, A, B), "ReplicaSet", "no pod was taken away"),
        (story(WEB, A, at(1, terminating(A))), "ReplicaSet", "all pods went"),
        (story(stateful_set("web")), "StatefulSet", "a StatefulSet does not choose"),
        (story(WEB, A, B, at(1, terminating(A))), "ReplicaSet", "which of a and b goes is not promised"),
    ],
)
def test_vacuous(history: History, kind: str, vacuous: str) -> None:
    finding = check(history, "a", kind=kind)
    assert vacuous in finding.vacuous
    assert finding.change or finding.check
