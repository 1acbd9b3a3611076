"""undisturbed."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.nodes.undisturbed import check_undisturbed

from ...histories import (
    Change,
    Json,
    at,
    crashed,
    ended,
    evicted,
    gone,
    having,
    moment,
    pod,
    replica_set,
    running,
    story,
    terminating,
    unready,
)

RS = replica_set("web", replicas=2)
A, B = pod("a", RS), pod("b", RS)


def check(*parts: Json | Change) -> Finding:
    return check_undisturbed(story(RS, *parts), "ReplicaSet", "ReplicaSet/web", 5)


def test_nothing_happens_to_them() -> None:
    finding = check(A, B, at(1, unready(A)), at(2, A), at(3, pod("stranger")))
    assert finding.holds
    assert finding.terms == ("2 pods", "watched for 5 s")
    assert finding.evidence == {"pods": ("a", "b")}


@pytest.mark.parametrize(
    ("change", "what", "advice"),
    [
        (at(1, terminating(A)), "a was deleted", "find what, other than the controller, deletes pods of this workload"),
        (gone(1, A), "a was deleted", "find what, other than the controller, deletes pods of this workload"),
        (
            at(1, terminating(evicted(A, "DeletionByTaintManager"))),
            "a was deleted",
            "spec.template.spec.tolerations: add one for the node's taint",
        ),
        (at(1, pod("c", RS)), "c was created", "find what touches the pods of this ReplicaSet in the block"),
        (at(1, crashed(A)), "a: container main did not go on running", "why it ended: see its status and its log"),
        (at(1, crashed(A, restarted=True)), "a: container main did not go on running", "why it ended: see its status and its log"),
    ],
)
def test_something_happens(change: Change, what: str, advice: str) -> None:
    finding = check(A, B, change)
    assert [(one.what, one.at) for one in finding.breaches] == [(what, moment(1))]
    assert (finding.change or finding.check).startswith(advice)


def test_another_run_that_no_look_saw_end() -> None:
    before, after = having(A, main={**running(), "containerID": "1"}), having(A, main={**running(5), "containerID": "2"})
    assert [one.what for one in check(before, B, at(6, after)).breaches] == ["a: container main did not go on running"]


def test_the_first_one_is_named() -> None:
    assert len(check(A, B, at(1, terminating(A)), at(2, pod("c", RS)), at(3, crashed(B))).breaches) == 1


def test_what_had_ended_before_may_be_cleared_away() -> None:
    with_init = pod("a", RS, initContainers=[{"name": "init"}])
    before = having(with_init, init=ended(0), main=running())
    assert check(before, at(1, having(with_init, main=running()))).holds


def test_no_pod_is_vacuous() -> None:
    assert check(terminating(A), gone(1, A)).vacuous == "there was no pod that could be disturbed"
