"""sts-ordinals-shift."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.stateful_sets.ordinals import check_ordinals, has_shifted
from pytest_kworkload.history.model import History

from ...histories import Change, Json, at, changed, failed, gone, replica, stateful_set, story, terminating, using

DB = stateful_set(replicas=2)
MOVED = changed(DB, "spec.ordinals", {"start": 1})
ZERO, ONE, TWO = (replica(DB, n) for n in range(3))
SHIFT: tuple[Change, ...] = (at(1, MOVED), at(2, TWO), at(3, terminating(ZERO)), gone(4, terminating(ZERO)))


def check(history: History) -> Finding:
    return check_ordinals(history, "StatefulSet/db")


def test_the_window_moves() -> None:
    finding = check(story(DB, ZERO, ONE, *SHIFT))
    assert finding.holds
    assert finding.terms == ("from 0..1 to 1..2",)
    assert finding.evidence == {"kept": ("db-1",), "created": ("db-2",), "removed": ("db-0",)}


def test_moved_is_what_the_status_does_not_tell() -> None:
    assert not has_shifted(story(MOVED, ZERO, ONE), "StatefulSet/db")
    assert not has_shifted(story(MOVED, ZERO, ONE, TWO), "StatefulSet/db")
    assert has_shifted(story(MOVED, terminating(ZERO), ONE, TWO), "StatefulSet/db")


def test_what_did_not_come_or_go() -> None:
    finding = check(story(DB, ZERO, ONE, at(1, MOVED)))
    assert [one.what for one in finding.breaches] == ["replicas that did not come: db-2", "replicas that did not go: db-0"]


def test_a_replica_in_both_windows_is_left_alone() -> None:
    anew = replica(DB, 1, uid="anew")
    finding = check(story(DB, ZERO, ONE, *SHIFT, at(5, terminating(ONE)), gone(6, terminating(ONE)), at(7, anew)))
    assert [one.what for one in finding.breaches] == ["replicas that were wanted all along and were replaced: db-1"]
    assert finding.check == "find what, other than the controller, creates or deletes pods of this set"


def test_each_has_its_own_claims() -> None:
    def claimed(obj: Json) -> Json:
        return changed(obj, "spec.volumeClaimTemplates", [{"metadata": {"name": "data"}}])

    one, two = using(ONE, "data-db-1"), using(TWO, "data-db-2")
    rest = (at(3, terminating(ZERO)), gone(4, terminating(ZERO)))
    assert check(story(claimed(DB), ZERO, one, at(1, claimed(MOVED)), at(2, two), *rest)).holds
    finding = check(story(claimed(DB), ZERO, one, at(1, claimed(MOVED)), at(2, using(TWO, "data-db-1")), *rest))
    assert [(breach.what, breach.lines) for breach in finding.breaches] == [
        ("replicas without claims of their own", ("db-2  data-db-2",)),
    ]


def test_pods_of_others_and_finished_ones_are_no_replicas() -> None:
    other = replica(stateful_set("other"), 0)
    finding = check(story(DB, ZERO, ONE, other, *SHIFT[:2], at(3, failed(ZERO))))
    assert finding.holds


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [
        (story(at(1, DB), at(2, ZERO)), "the block created the StatefulSet"),
        (story(DB, ZERO, ONE, at(1, changed(DB, "spec.replicas", 3))), "the first ordinal is what it was"),
        (story(DB, ZERO, *SHIFT), "not every replica had its pod"),
    ],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert vacuous in finding.vacuous
    assert finding.change or finding.check
