"""sts-rolling-update."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.stateful_sets.ordered_update import check_ordered_update
from pytest_kworkload.history.model import History

from ...histories import (
    Change,
    Json,
    at,
    changed,
    event,
    gone,
    moment,
    pending,
    replica,
    stateful_set,
    story,
    template,
    terminating,
    unready,
)

DB = changed(stateful_set(), "status.updateRevision", "db-1")
OLD = [replica(DB, n, revision="db-1") for n in range(5)]
NEW = [replica(DB, n, revision="db-2", uid=f"new-{n}") for n in range(5)]


def updated(db: Json = DB, image: str = "web:2") -> Json:
    """The set with a new template, as its controller has observed it."""
    return changed(changed(db, "spec.template", template(image)), "status.updateRevision", "db-2")


def strategy(partition: int = 0, unavailable: int | str = 1, replicas: int = 3, **spec: Any) -> Json:
    rolling = {"partition": partition, "maxUnavailable": unavailable}
    db = stateful_set(replicas=replicas, updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling}, **spec)
    return changed(db, "status.updateRevision", "db-1")


def replace(second: float, n: int) -> list[Change]:
    """The replica begins to go, is gone half a second later, and its successor is available a second after the beginning."""
    return [at(second, terminating(OLD[n])), gone(second + 0.5, OLD[n]), at(second + 0.6, pending(NEW[n])), at(second + 1, NEW[n])]


def check(history: History, max_unavailable: int | str | None = None) -> Finding:
    return check_ordered_update(history, "StatefulSet/db", max_unavailable)


IN_ORDER = [at(1, updated()), *replace(2, 2), *replace(4, 1), *replace(6, 0)]


def test_from_the_top_one_at_a_time() -> None:
    finding = check(story(DB, *OLD[:3], *IN_ORDER))
    assert finding.holds
    assert finding.terms == (
        "replicas 3",
        "its strategy promises: at most 1 unavailable",
        "the strategy allows 1 unavailable (maxUnavailable 1)",
    )
    assert finding.evidence["order"] == ("db-2", "db-1", "db-0")
    assert finding.evidence["highest_unavailable"] == 1
    assert finding.evidence["revision"] == "db-2"


def test_ordinals_that_begin_elsewhere() -> None:
    db = changed(stateful_set(replicas=2, ordinals={"start": 3}), "status.updateRevision", "db-1")
    assert check(story(db, *OLD[3:5], at(1, updated(db)), *replace(2, 4), *replace(4, 3))).holds


def test_a_partition_leaves_the_lower_replicas() -> None:
    db = strategy(partition=1)
    assert check(story(db, *OLD[:3], at(1, updated(db)), *replace(2, 2), *replace(4, 1))).evidence["order"] == ("db-2", "db-1")


def test_a_lower_partition_is_an_update_too() -> None:
    canary = changed(strategy(partition=2), "status.updateRevision", "db-2")
    lower = changed(canary, "spec.updateStrategy.rollingUpdate.partition", 0)
    assert check(story(canary, *OLD[:2], NEW[2], at(1, lower), *replace(2, 1), *replace(4, 0))).evidence["order"] == ("db-1", "db-0")


def test_a_set_that_is_scaled_down_meanwhile() -> None:
    """Only the replicas that it asked for all the time count."""
    smaller = changed(updated(), "spec.replicas", 2)
    assert check(story(DB, *OLD[:3], at(1, smaller), at(1.1, terminating(OLD[2])), gone(1.5, OLD[2]), *replace(2, 1), *replace(4, 0))).holds


def test_pods_of_another_set_do_not_count() -> None:
    other = stateful_set("db-other")
    assert check(story(DB, *OLD[:3], other, unready(replica(other, 0)), *IN_ORDER)).holds


class TestBound:
    def test_two_at_a_time(self) -> None:
        db = strategy(unavailable=2)
        both = [
            at(1, updated(db)),
            at(2, terminating(OLD[2])),
            at(2, terminating(OLD[1])),
            at(2, event("SuccessfulDelete", db, "delete Pod db-2 in StatefulSet db successful")),
            at(2, event("SuccessfulDelete", db, "delete Pod db-1 in StatefulSet db successful")),
        ]
        ends = [gone(3, OLD[2]), at(4, NEW[2]), gone(4.5, OLD[1]), at(5, NEW[1]), *replace(7, 0)]
        assert check(story(db, *OLD[:3], *both, *ends)).holds
        finding = check(story(db, *OLD[:3], *both, *ends), 1)
        assert [(one.what, one.at, one.until) for one in finding.breaches] == [
            ("2 of 3 without an available pod: db-1, db-2", moment(2), moment(4))
        ]
        assert finding.cause == "db-1, db-2: taken down by the controller, as the strategy allows"
        assert finding.change == "spec.updateStrategy.rollingUpdate.maxUnavailable: 1 (now 2)"

    @pytest.mark.parametrize(("asked", "bound"), [("50%", 1), ("67%", 2), (2, 2), ("1%", 1)])
    def test_a_percentage_rounds_down_but_at_least_to_one(self, asked: int | str, bound: int) -> None:
        assert check(story(DB, *OLD[:3], *IN_ORDER), asked).evidence["bound"] == bound
        assert (
            check(story(strategy(unavailable=asked), *OLD[:3], at(1, updated(strategy(unavailable=asked))), *IN_ORDER[1:])).evidence[
                "bound"
            ]
            == bound
        )

    def test_the_next_one_goes_before_the_last_one_is_available(self) -> None:
        finding = check(story(DB, *OLD[:3], at(1, updated()), *replace(2, 2), at(2.9, terminating(OLD[1])), gone(4, OLD[1]), at(5, NEW[1])))
        assert [one.at for one in finding.breaches] == [moment(2.9)]

    def test_a_replica_that_is_not_there_at_all(self) -> None:
        """The pod is gone, not only unready."""
        finding = check(story(DB, *OLD[:3], at(1, updated()), *replace(2, 2), gone(4, OLD[1]), at(6, terminating(OLD[0])), gone(7, OLD[0])))
        assert finding.breaches[0].what == "2 of 3 without an available pod: db-0, db-1, until the end"

    def test_the_first_moment_and_the_most(self) -> None:
        finding = check(story(DB, *OLD[:3], at(1, updated()), *(at(2, terminating(OLD[n])) for n in (2, 1, 0)), *IN_ORDER[2:]), 1)
        assert finding.breaches[0].what == "2 of 3 without an available pod: db-1, db-2; then 3"

    def test_a_replica_that_crashes_meanwhile(self) -> None:
        finding = check(
            story(DB, *OLD[:3], at(1, updated()), at(2, terminating(OLD[2])), at(2.1, unready(OLD[0])), at(2.4, OLD[0]), *IN_ORDER[2:])
        )
        assert [one.what for one in finding.breaches] == ["2 of 3 without an available pod: db-0, db-2"]

    def test_ready_but_not_for_long_enough(self) -> None:
        db = changed(strategy(), "spec.minReadySeconds", 5)
        finding = check(story(db, *OLD[:3], at(1, updated(db)), *replace(2, 2), *replace(4, 1), ends=20))
        assert [(one.at, one.until) for one in finding.breaches] == [(moment(4), moment(7))]

    def test_upstream_would_pass_a_terminating_pod_that_is_still_ready(self) -> None:
        """Upstream counts Ready pods, terminating ones too."""
        finding = check(story(DB, *OLD[:3], at(1, updated()), at(2, terminating(OLD[2])), at(2, terminating(OLD[1])), *IN_ORDER[2:]))
        assert finding.breaches[0].what == "2 of 3 without an available pod: db-1, db-2"

    def test_upstream_would_pass_while_pods_are_missing(self) -> None:
        """Upstream skips every sample in which the set has not all its pods."""
        together = [gone(2, OLD[2]), gone(2, OLD[1]), at(2, NEW[2]), at(2, NEW[1])]
        assert not check(story(DB, *OLD[:3], at(1, updated()), *together, *replace(4, 0))).holds


class TestOrder:
    def test_a_lower_one_first(self) -> None:
        finding = check(story(DB, *OLD[:3], at(1, updated()), *replace(2, 0), *replace(4, 2), *replace(6, 1)))
        assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
            (
                "db-0 was taken down before a higher replica",
                moment(2),
                ("db-1  available, of the older revision", "db-2  available, of the older revision"),
            )
        ]
        assert finding.check == "find what, other than the controller, deletes pods of this set"

    def test_a_replica_below_the_partition_is_taken_down(self) -> None:
        db = strategy(partition=1)
        finding = check(story(db, *OLD[:3], at(1, updated(db)), *replace(2, 0), *replace(4, 2), *replace(6, 1)))
        assert [one.what for one in finding.breaches] == ["db-0 was taken down before a higher replica"]

    def test_those_that_the_partition_holds_are_not_waited_for(self) -> None:
        db = strategy(partition=2, replicas=4)
        back = replica(DB, 0, revision="db-1", uid="back")
        again = [at(6, terminating(OLD[0])), gone(6.5, OLD[0]), at(7, back)]
        assert check(story(db, *OLD[:4], at(1, updated(db)), *replace(2, 3), *replace(4, 2), *again)).holds

    def test_parallel_replaces_first_what_is_unavailable_anyway(self) -> None:
        db = strategy(podManagementPolicy="Parallel")
        broken = [unready(OLD[0]), *OLD[1:3]]
        assert check(story(db, *broken, at(1, updated(db)), *replace(2, 0), *replace(4, 2), *replace(6, 1))).holds
        assert not check(story(DB, *broken, at(1, updated(DB)), *replace(2, 0), *replace(4, 2), *replace(6, 1))).holds

    def test_parallel_keeps_the_order_of_those_that_are_available(self) -> None:
        db = strategy(podManagementPolicy="Parallel")
        assert not check(story(db, *OLD[:3], at(1, updated(db)), *replace(2, 0), *replace(4, 2), *replace(6, 1))).holds

    def test_two_updates_in_one_window(self) -> None:
        """The second update begins at the top again."""
        third = changed(changed(updated(), "spec.template", template("web:3")), "status.updateRevision", "db-3")
        last = [replica(DB, n, revision="db-3", uid=f"last-{n}") for n in range(3)]
        again: list[Change] = []
        for second, pod, new in ((6, NEW[2], last[2]), (8, NEW[1], last[1]), (10, OLD[0], last[0])):
            again += [at(second, terminating(pod)), gone(second + 0.5, pod), at(second + 1, new)]
        assert check(story(DB, *OLD[:3], *IN_ORDER[:9], at(5.5, third), *again)).holds


class TestVacuous:
    def test_the_block_created_the_set(self) -> None:
        assert check(story(at(1, DB), at(2, OLD[0]))).vacuous == "the block created the StatefulSet: a first rollout replaces no pod"

    def test_nothing_changed(self) -> None:
        finding = check(story(DB, *OLD[:3], at(1, changed(DB, "spec.replicas", 3))))
        assert finding.vacuous == "the block changed neither the pod template nor the update strategy, so nothing was rolled out"

    def test_on_delete(self) -> None:
        db = changed(stateful_set(updateStrategy={"type": "OnDelete"}), "status.updateRevision", "db-1")
        finding = check(story(db, *OLD[:3], at(1, updated(db))))
        assert finding.terms == ("replicas 3", "updateStrategy OnDelete")
        assert finding.change == "spec.updateStrategy.type: RollingUpdate (now OnDelete)"

    def test_no_readiness_signal(self) -> None:
        bare = changed(updated(), "spec.template", template("web:2", probe=False))
        assert "no readiness signal" in check(story(DB, *OLD[:3], at(1, bare), *IN_ORDER[1:])).vacuous

    @pytest.mark.parametrize(
        ("asked", "vacuous"), [(0, "no update of a StatefulSet keeps all"), (3, "3 unavailable of 3 replicas promises nothing")]
    )
    def test_a_bound_that_says_nothing(self, asked: int, vacuous: str) -> None:
        assert check(story(DB, *OLD[:3], *IN_ORDER), asked).vacuous.startswith(vacuous)

    def test_unavailable_from_the_start(self) -> None:
        finding = check(story(DB, unready(OLD[0]), unready(OLD[1]), OLD[2], *IN_ORDER))
        assert finding.vacuous == "unavailable when the block began: 2, more than the bound of 1"

    def test_a_held_replica_that_is_deleted_is_not_updated(self) -> None:
        db = strategy(partition=2)
        back = replica(DB, 0, revision="db-1", uid="back")
        again = [at(6, terminating(OLD[0])), gone(6.5, OLD[0]), at(7, back)]
        finding = check(story(db, *OLD[:3], at(1, updated(db)), *replace(2, 2), *again))
        assert finding.vacuous == "the update took 1 replica down; an order needs two"

    def test_fewer_than_two_updated(self) -> None:
        db = strategy(partition=2)
        finding = check(story(db, *OLD[:3], at(1, updated(db)), *replace(2, 2)))
        assert finding.vacuous == "the update took 1 replica down; an order needs two"
        assert finding.change == "spec.updateStrategy.rollingUpdate.partition: 1 or less (now 2)"
