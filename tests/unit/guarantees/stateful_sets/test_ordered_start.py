"""sts-ordered-start."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.judging import counted
from pytest_kworkload.guarantees.stateful_sets.ordered_start import check_ordered_start
from pytest_kworkload.history.model import History

from ...histories import Change, Json, at, changed, gone, moment, pending, replica, stateful_set, story, template, terminating, unready

DB = stateful_set()
PODS = [replica(DB, n) for n in range(12)]


def check(history: History) -> Finding:
    return check_ordered_start(history, "StatefulSet/db")


def start(second: float, pod: Json) -> list[Change]:
    """The pod is created, and Ready half a second later."""
    return [at(second, pending(pod)), at(second + 0.5, pod)]


IN_ORDER = [*start(1, PODS[0]), *start(2, PODS[1]), *start(3, PODS[2])]


def test_one_after_the_other() -> None:
    finding = check(story(at(0.5, DB), *IN_ORDER))
    assert finding.holds
    assert finding.terms == ("replicas 3", "podManagementPolicy OrderedReady")
    assert finding.evidence == {"order": ("db-0", "db-1", "db-2")}


def test_scaling_up_counts_on_the_replicas_that_are_there() -> None:
    assert check(story(DB, *PODS[:2], *start(1, PODS[2]))).evidence == {"order": ("db-2",)}
    assert not check(story(DB, PODS[0], pending(PODS[1]), *start(1, PODS[2]))).holds


def test_db_10_comes_after_db_9() -> None:
    assert check(story(stateful_set(replicas=11), *PODS[:9], *start(1, PODS[9]), *start(2, PODS[10]))).holds


def test_ordinals_that_begin_elsewhere() -> None:
    db = stateful_set(ordinals={"start": 5})
    good = [*start(1, PODS[5]), *start(2, PODS[6])]
    assert check(story(at(0.5, db), *good)).holds
    finding = check(story(at(0.5, db), at(1, pending(PODS[5])), *start(2, PODS[6])))
    assert [one.lines for one in finding.breaches] == [("db-5  pending",)]


def test_an_update_takes_each_replica_when_the_lower_ones_are_available() -> None:
    new = [replica(DB, n, uid=f"new-{n}") for n in range(3)]
    update: list[Change] = []
    for second, n in ((1, 2), (4, 1), (7, 0)):
        update += [at(second, terminating(PODS[n])), gone(second + 1, PODS[n]), *start(second + 1.1, new[n])]
    finding = check(story(DB, *PODS[:3], *update))
    assert finding.holds
    assert finding.evidence == {"order": ("db-2", "db-1", "db-0")}


class TestBroken:
    @pytest.mark.parametrize(
        ("lower", "state"),
        [([], "not there"), ([at(1, pending(PODS[0]))], "pending"), ([at(1, unready(PODS[0]))], "not ready")],
    )
    def test_a_lower_replica_is_not_available(self, lower: list[Change], state: str) -> None:
        finding = check(story(at(0.5, DB), *lower, *start(3, PODS[1])))
        assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
            ("db-1 was created while a lower replica was not available", moment(3), (f"db-0  {state}",))
        ]

    def test_a_lower_replica_is_terminating(self) -> None:
        finding = check(story(DB, *PODS[:2], at(1, terminating(PODS[0])), *start(3, PODS[2])))
        assert [one.lines for one in finding.breaches] == [("db-0  terminating",)]

    def test_a_lower_replica_is_ready_but_not_for_long_enough(self) -> None:
        db = stateful_set(minReadySeconds=10)
        assert [one.lines for one in check(story(db, at(1, PODS[0]), *start(8, PODS[1]))).breaches] == [("db-0  ready",)]
        assert check(story(db, at(1, PODS[0]), *start(10, PODS[1]))).holds

    def test_upstream_would_pass_the_order_of_names_without_waiting(self) -> None:
        """Upstream looks for the names in the order of the ADDED events, whatever state the lower replicas were in."""
        parallel = stateful_set(podManagementPolicy="Parallel")
        finding = check(story(at(0.5, parallel), *(at(1 + n / 100, pending(PODS[n])) for n in range(3)), *(at(2, one) for one in PODS[:3])))
        assert [one.what for one in finding.breaches] == [
            "db-1 was created while a lower replica was not available",
            "db-2 was created while a lower replica was not available",
        ]
        assert finding.breaches[1].lines == ("db-0  pending", "db-1  pending")
        assert finding.cause == "podManagementPolicy Parallel creates replicas without waiting for one another"
        assert finding.change == "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)"

    def test_only_the_replicas_that_were_missing_are_told(self) -> None:
        finding = check(story(DB, PODS[0], pending(PODS[1]), *start(3, PODS[2])))
        assert [one.lines for one in finding.breaches] == [("db-1  pending",)]

    def test_without_parallel_the_policy_is_not_blamed(self) -> None:
        finding = check(story(at(0.5, DB), *start(3, PODS[1])))
        assert finding.cause == "the controller should have waited: podManagementPolicy is OrderedReady"
        assert (finding.change, finding.check) == ("", "find what, other than the controller, creates pods of this set")


class TestCacheLag:
    """What a controller cannot have known when it wrote is not its fault."""

    def test_a_condition_that_flipped_just_before(self) -> None:
        assert check(story(DB, *PODS[:2], at(2, unready(PODS[0])), *start(2.9, PODS[2]))).holds
        assert not check(story(DB, *PODS[:2], at(2, unready(PODS[0])), *start(3.1, PODS[2]))).holds

    def test_a_replica_that_was_available_at_all_times_until_then(self) -> None:
        """Nothing happened for long before the flip: the second counts from the flip, not from the last event."""
        assert check(story(DB, *PODS[:2], at(50, unready(PODS[0])), *start(50.5, PODS[2]))).holds

    def test_a_deletion_just_before(self) -> None:
        assert check(story(DB, *PODS[:2], at(2, terminating(PODS[0])), *start(2.5, PODS[2]))).holds

    def test_a_new_pod_of_the_ordinal_does_not_inherit_it(self) -> None:
        again = replica(DB, 0, uid="again")
        finding = check(story(DB, *PODS[:2], gone(2, PODS[0]), at(2.1, pending(again)), *start(2.2, PODS[2])))
        assert [one.lines for one in finding.breaches] == [("db-0  pending",)]


class TestVacuous:
    @pytest.mark.parametrize(("changes", "count"), [([], 0), (start(1, PODS[0]), 1)])
    def test_no_order_among_fewer_than_two(self, changes: list[Change], count: int) -> None:
        finding = check(story(at(0.5, DB), *changes))
        assert finding.vacuous == f"the block created {counted(count, 'replica')}, none above another one; an order needs two"

    def test_no_readiness_signal(self) -> None:
        bare = changed(DB, "spec.template", template(probe=False))
        finding = check(story(at(0.5, bare), *IN_ORDER))
        assert finding.vacuous == "the template has no readiness signal: the order then only means that processes were started"

    def test_parallel_that_kept_the_order_by_luck(self) -> None:
        parallel = stateful_set(podManagementPolicy="Parallel")
        finding = check(story(parallel, *PODS[:2], *start(1, PODS[2])))
        assert finding.vacuous == (
            "only luck kept the order: podManagementPolicy Parallel creates replicas without waiting for one another"
        )
        assert finding.change == "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)"

    def test_pods_of_another_set_do_not_count(self) -> None:
        other = stateful_set("db-other")
        finding = check(story(DB, other, *start(1, replica(other, 0)), *start(2, replica(other, 1))))
        assert finding.vacuous.startswith("the block created 0 replicas")
