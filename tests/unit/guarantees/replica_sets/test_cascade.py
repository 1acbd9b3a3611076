"""owner-cascade."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.replica_sets.cascade import check_cascade
from pytest_kworkload.history.model import History

from ...histories import (
    Json,
    at,
    changed,
    deployment,
    gone,
    owned_by,
    pod,
    replica_set,
    story,
    terminating,
    what_broke,
    what_broke_with_lines,
)

WEB = deployment(replicas=1)
RS = replica_set("web-1", WEB, 1)
RS["metadata"]["ownerReferences"][0]["blockOwnerDeletion"] = True
A = pod("web-1-a", RS)
ORPHAN = changed(RS, "metadata.ownerReferences", [])


def going(obj: Json, *finalizers: str) -> Json:
    return changed(terminating(obj), "metadata.finalizers", list(finalizers))


def check(history: History, propagation: str = "Background") -> Finding:
    return check_cascade(history, "Deployment", "Deployment/web", propagation)


def test_background() -> None:
    finding = check(story(WEB, RS, A, gone(1, WEB), gone(2, RS), at(3, terminating(A)), gone(4, terminating(A))))
    assert finding.holds
    assert finding.terms == ("propagation Background",)
    assert finding.evidence == {"dependents": ("Pod web-1-a", "ReplicaSet web-1"), "kept": ()}


def test_foreground() -> None:
    web = going(WEB, "foregroundDeletion")
    assert check(story(WEB, RS, A, at(1, web), gone(2, A), gone(3, RS), gone(4, web)), "Foreground").holds


def test_the_owner_goes_before_what_blocks_it() -> None:
    web = going(WEB, "foregroundDeletion")
    finding = check(story(WEB, RS, A, at(1, web), gone(2, web), gone(3, A), gone(4, RS)), "Foreground")
    assert what_broke_with_lines(finding) == [("dependents gone only after their owner: 1", ("ReplicaSet web-1",))]


def test_orphan() -> None:
    web = going(WEB, "orphan")
    finding = check(story(WEB, RS, A, at(1, web), at(2, ORPHAN), gone(3, web)), "Orphan")
    assert finding.holds
    assert finding.evidence["kept"] == ("Pod web-1-a", "ReplicaSet web-1")


def test_an_orphan_that_goes_all_the_same() -> None:
    web = going(WEB, "orphan")
    finding = check(story(WEB, RS, A, at(1, web), at(2, ORPHAN), gone(3, web), at(4, terminating(A))), "Orphan")
    assert what_broke_with_lines(finding) == [("dependents deleted with it: 1", ("Pod web-1-a",))]


def test_an_orphan_that_names_its_owner_still_would_be_collected() -> None:
    web = going(WEB, "orphan")
    finding = check(story(WEB, RS, A, at(1, web), gone(3, web)), "Orphan")
    assert what_broke_with_lines(finding) == [
        ("dependents that still name it as their owner: 1", ("ReplicaSet web-1",)),
    ]


def test_what_stays_behind_tells_what_holds_it() -> None:
    held = going(A, "example.com/hold")
    finding = check(story(WEB, RS, A, gone(1, WEB), at(2, held)))
    assert what_broke_with_lines(finding) == [
        (
            "dependents still there: 2",
            ("Pod web-1-a  held by its finalizers: example.com/hold", "ReplicaSet web-1  not being deleted"),
        )
    ]


def test_another_propagation() -> None:
    web = going(WEB, "orphan")
    finding = check(story(WEB, RS, A, at(1, web), at(2, ORPHAN), gone(3, web)))
    assert what_broke(finding) == ["it was deleted with propagation Orphan", "dependents still there: 2"]
    assert finding.check == "the deletion: propagation='Background' (now 'Orphan')"


def test_by_uid_and_not_by_name() -> None:
    """A ReplicaSet of another Deployment of the same name does not depend on this one."""
    stranger = replica_set("stranger", WEB)
    stranger["metadata"]["ownerReferences"] = [{**owned_by(WEB), "uid": "another"}]
    assert check(story(WEB, RS, stranger, gone(1, WEB), gone(2, RS))).holds


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [(story(WEB, RS), "the owner was not deleted"), (story(WEB, gone(1, WEB)), "nothing depended on it")],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert vacuous in finding.vacuous
    assert finding.check
