"""sts-ordered-stop, sts-parallel, sts-halt-unhealthy."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.stateful_sets.scaling import check_halts, check_ordered_stop, check_parallel

from ...histories import (
    Change,
    Json,
    at,
    changed,
    failed,
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

DB = stateful_set()
PARALLEL = stateful_set(podManagementPolicy="Parallel")
PODS = [replica(DB, n) for n in range(6)]
UID = "StatefulSet/db"


def sized(replicas: int, db: Json = DB) -> Json:
    return changed(db, "spec.replicas", replicas)


def stop(second: float, n: int) -> list[Change]:
    return [at(second, terminating(PODS[n])), gone(second + 0.5, PODS[n])]


def start(second: float, n: int) -> list[Change]:
    return [at(second, pending(PODS[n])), at(second + 0.5, PODS[n])]


def again(n: int) -> Json:
    return replica(DB, n, uid=f"again-{n}")


class TestOrderedStop:
    def test_from_the_top_one_at_a_time(self) -> None:
        finding = check_ordered_stop(story(DB, *PODS[:3], at(1, sized(0)), *stop(2, 2), *stop(3, 1), *stop(4, 0)), UID)
        assert finding.holds
        assert finding.evidence == {"order": ("db-2", "db-1", "db-0")}

    def test_a_pod_without_grace_is_gone_at_once(self) -> None:
        assert check_ordered_stop(story(DB, *PODS[:3], at(1, sized(1)), gone(2, PODS[2]), gone(3, PODS[1])), UID).holds

    def test_the_window_of_ordinals_moves(self) -> None:
        shifted = changed(sized(1), "spec.ordinals", {"start": 2})
        assert check_ordered_stop(story(DB, *PODS[:3], at(1, shifted), *stop(2, 1), *stop(3, 0)), UID).holds

    def test_replicas_that_come_back_had_gone_all_the_same(self) -> None:
        down = [at(1, sized(0)), *stop(2, 2), *stop(3, 1), *stop(4, 0)]
        finding = check_ordered_stop(story(DB, *PODS[:3], *down, at(6, DB), *(at(7 + n, again(n)) for n in range(3))), UID)
        assert finding.holds
        assert finding.evidence == {"order": ("db-2", "db-1", "db-0")}

    def test_a_replica_that_comes_back_went_before_a_higher_one(self) -> None:
        down = [at(1, sized(1)), *stop(2, 4), *stop(3, 3), *stop(4, 1), *stop(5, 2)]
        finding = check_ordered_stop(story(sized(5), *PODS[:5], *down, at(7, DB), at(8, again(1)), at(9, again(2))), UID)
        assert [(one.what, one.lines) for one in finding.breaches] == [("db-1 was taken away too early", ("db-2  available",))]

    def test_one_that_stays_only_since_the_set_grew(self) -> None:
        grown = [at(1, sized(5)), at(2, unready(PODS[2])), *start(2, 3), *start(2, 4)]
        finding = check_ordered_stop(story(sized(2), *PODS[:2], *grown, at(4, sized(3)), *stop(5, 4), *stop(6, 3)), UID)
        assert [one.lines for one in finding.breaches] == [("db-2  not ready",), ("db-2  not ready",)]

    def test_a_pod_that_is_deleted_while_its_replica_is_asked_for(self) -> None:
        """Neither before the set shrinks nor after it has grown again is that a smaller size's doing."""
        later = [at(8, terminating(again(0))), gone(9, again(0))]
        down = [*stop(1, 0), at(2, again(0)), at(4, sized(1)), *stop(5, 2), *stop(6, 1), at(7, DB), *later]
        assert check_ordered_stop(story(DB, *PODS[:3], *down), UID).evidence["order"] == ("db-2", "db-1")

    def test_a_size_that_the_controller_may_not_know_yet(self) -> None:
        """It takes db-1 away as it was told, when the set has just been asked to grow again."""
        down = [at(1, sized(1)), *stop(2, 2), at(2.9, DB), *stop(3, 1), at(4, again(1))]
        assert check_ordered_stop(story(DB, *PODS[:3], *down), UID).evidence["order"] == ("db-2", "db-1")

    def test_the_next_one_before_the_last_one_is_gone(self) -> None:
        """In the order of names, but two at a time."""
        finding = check_ordered_stop(story(DB, *PODS[:3], at(1, sized(1)), at(2, terminating(PODS[2])), *stop(3, 1), gone(4, PODS[2])), UID)
        assert [(one.what, one.at, one.lines) for one in finding.breaches] == [
            ("db-1 was taken away too early", moment(3), ("db-2  terminating",))
        ]
        assert finding.cause == "the controller should have waited: podManagementPolicy is OrderedReady"

    def test_upstream_would_pass_what_was_deleted_in_the_order_of_names(self) -> None:
        """Upstream sees the order in which the objects went; all three began to go at once."""
        together = [at(2, terminating(PODS[n])) for n in (2, 1, 0)]
        finding = check_ordered_stop(
            story(PARALLEL, *PODS[:3], at(1, sized(0, PARALLEL)), *together, *(gone(5 - n, PODS[n]) for n in (2, 1, 0))), UID
        )
        assert [one.lines for one in finding.breaches] == [("db-2  terminating",), ("db-1  terminating", "db-2  terminating")]
        assert finding.change == "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)"

    def test_a_lower_one_first(self) -> None:
        finding = check_ordered_stop(story(DB, *PODS[:3], at(1, sized(1)), *stop(2, 1), *stop(3, 2)), UID)
        assert [one.lines for one in finding.breaches] == [("db-2  available",)]

    def test_while_one_that_stays_is_unhealthy(self) -> None:
        finding = check_ordered_stop(story(DB, unready(PODS[0]), *PODS[1:3], at(1, sized(1)), *stop(2, 2), *stop(3, 1)), UID)
        assert [one.lines for one in finding.breaches] == [("db-0  not ready",), ("db-0  not ready",)]

    def test_while_one_that_stays_is_missing(self) -> None:
        finding = check_ordered_stop(story(DB, *PODS[1:3], at(1, sized(1)), *stop(2, 2), *stop(3, 1)), UID)
        assert [one.lines for one in finding.breaches] == [("replica 0  not there",), ("replica 0  not there",)]

    def test_the_lowest_unhealthy_one_may_go_itself(self) -> None:
        assert check_ordered_stop(story(DB, *PODS[:2], unready(PODS[2]), at(1, sized(1)), *stop(2, 2), *stop(3, 1)), UID).holds

    def test_an_unhealthy_one_above_another(self) -> None:
        finding = check_ordered_stop(story(DB, PODS[0], unready(PODS[1]), unready(PODS[2]), at(1, sized(1)), *stop(2, 2), *stop(3, 1)), UID)
        assert [(one.what, one.lines) for one in finding.breaches] == [("db-2 was taken away too early", ("db-1  not ready",))]

    def test_a_condition_that_flipped_just_before(self) -> None:
        flipped = [at(2, unready(PODS[0])), *stop(2.5, 2), at(3, PODS[0]), *stop(4.5, 1)]
        assert check_ordered_stop(story(DB, *PODS[:3], at(1, sized(1)), *flipped), UID).holds

    def test_the_deletion_of_the_set(self) -> None:
        finding = check_ordered_stop(story(DB, *PODS[:3], gone(1, DB), *(at(2, terminating(one)) for one in PODS[:3])), UID)
        assert finding.cause == "the set was deleted, and the garbage collector knows no order"
        assert finding.check == "scale(0) in the block, and delete() the set afterwards"

    def test_the_deletion_of_the_set_in_the_foreground(self) -> None:
        """The set waits for its pods."""
        finding = check_ordered_stop(
            story(DB, *PODS[:3], at(1, terminating(DB)), *(at(2, terminating(one)) for one in PODS[:3]), gone(3, DB)), UID
        )
        assert finding.check == "scale(0) in the block, and delete() the set afterwards"

    def test_pods_that_went_before_the_set_was_deleted(self) -> None:
        """An update, say."""
        updated = [*stop(1, 1), at(2, again(1)), *stop(3, 0), at(4, again(0))]
        down = [at(5, sized(0)), *stop(6, 2), at(7, terminating(again(1))), gone(8, again(1)), at(9, terminating(again(0)))]
        finding = check_ordered_stop(story(DB, *PODS[:3], *updated, *down, gone(10, again(0)), gone(11, sized(0))), UID)
        assert finding.evidence["order"] == ("db-2", "db-1", "db-0")

    def test_parallel_that_kept_the_order_by_luck(self) -> None:
        down = [at(1, sized(2, PARALLEL)), *stop(2, 2), at(5, sized(1, PARALLEL)), *stop(6, 1)]
        finding = check_ordered_stop(story(PARALLEL, *PODS[:3], *down), UID)
        assert finding.vacuous == (
            "only luck kept the order: podManagementPolicy Parallel takes replicas away without waiting for one another"
        )
        assert finding.change == "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)"

    def test_a_garbage_collector_that_kept_the_order_by_luck(self) -> None:
        """Without any grace each pod is gone as soon as it is told."""
        finding = check_ordered_stop(story(DB, *PODS[:2], gone(1, DB), gone(2, PODS[1]), gone(2.01, PODS[0])), UID)
        assert finding.vacuous == "only luck kept the order: the set was deleted, and the garbage collector knows no order"
        assert finding.check == "scale(0) in the block, and delete() the set afterwards"

    def test_an_order_that_the_controller_kept_before_the_set_was_deleted(self) -> None:
        down = [at(1, sized(1)), *stop(2, 2), *stop(3, 1), gone(4, sized(1)), *stop(5, 0)]
        assert check_ordered_stop(story(DB, *PODS[:3], *down), UID).holds

    def test_fewer_than_two(self) -> None:
        finding = check_ordered_stop(story(DB, *PODS[:3], at(1, sized(2)), *stop(2, 2)), UID)
        assert finding.vacuous == "the block took 1 replica away; an order needs two"


class TestParallel:
    def test_created_without_waiting(self) -> None:
        finding = check_parallel(
            story(at(0.5, PARALLEL), *(at(1, pending(PODS[n])) for n in range(3)), *(at(3, PODS[n]) for n in range(3))), UID
        )
        assert finding.holds
        assert finding.evidence == {"created": ("db-0", "db-1", "db-2"), "removed": ()}

    def test_taken_away_without_waiting(self) -> None:
        together = [at(2, terminating(PODS[n])) for n in (2, 1)]
        assert check_parallel(story(PARALLEL, *PODS[:3], at(1, sized(1, PARALLEL)), *together), UID).evidence["removed"] == ("db-2", "db-1")

    def test_replicas_that_come_back_had_gone_all_the_same(self) -> None:
        together = [at(2, terminating(PODS[n])) for n in (2, 1)]
        back = [gone(3, PODS[2]), gone(3, PODS[1]), at(5, sized(2, PARALLEL)), at(6, again(1))]
        finding = check_parallel(story(PARALLEL, *PODS[:3], at(1, sized(1, PARALLEL)), *together, *back), UID)
        assert finding.holds
        assert finding.evidence == {"created": ("db-1",), "removed": ("db-2", "db-1")}

    def test_the_deletion_of_the_set(self) -> None:
        """The garbage collector waits for nothing, whatever the policy."""
        finding = check_parallel(story(DB, *PODS[:3], gone(1, DB), *(at(2, terminating(one)) for one in PODS[:3])), UID)
        assert finding.vacuous.startswith("the block created 0 replicas and took 0 away")

    def test_a_batch_that_waits_for_nothing_is_enough(self) -> None:
        """The batches are 1, 2, 4: the first one alone looks as if the others waited."""
        quick = [*start(1, 0), at(2, pending(PODS[1])), at(2, pending(PODS[2])), at(3, PODS[1]), at(3, PODS[2])]
        assert check_parallel(story(at(0.5, PARALLEL), *quick), UID).holds

    def test_created_in_order(self) -> None:
        finding = check_parallel(story(at(0.5, DB), *start(1, 0), *start(2, 1), *start(3, 2)), UID)
        assert [one.what for one in finding.breaches] == ["each replica was created only when all lower ones were available"]
        assert finding.change == "spec.podManagementPolicy: Parallel (now OrderedReady; it cannot be changed in place)"

    def test_upstream_would_pass_a_burst_that_waited(self) -> None:
        """Upstream's count of the pods only logs that the scale was not reached; in the end all three are there."""
        healed = [at(12, PODS[0]), *start(12.1, 1), *start(13, 2)]
        finding = check_parallel(story(sized(1, PARALLEL), unready(PODS[0]), at(1, sized(3, PARALLEL)), *healed), UID)
        assert [one.what for one in finding.breaches] == ["each replica was created only when all lower ones were available"]

    def test_a_flip_of_a_moment_is_not_taken_for_it(self) -> None:
        flip = [*start(1, 0), at(2, unready(PODS[0])), *start(2.1, 1), at(3, PODS[0])]
        assert not check_parallel(story(at(0.5, sized(2)), *flip), UID).holds

    def test_taken_away_in_order(self) -> None:
        finding = check_parallel(story(DB, *PODS[:3], at(1, sized(1)), *stop(2, 2), *stop(3, 1)), UID)
        assert [one.what for one in finding.breaches] == ["each replica was taken away only when no other was terminating"]

    def test_parallel_but_too_quick_to_see(self) -> None:
        finding = check_parallel(story(at(0.5, PARALLEL), *start(1, 0), *start(2, 1)), UID)
        assert finding.cause == ""
        assert finding.change.startswith("spec.template.spec.containers[].readinessProbe: one that takes longer")

    def test_one_replica(self) -> None:
        finding = check_parallel(story(at(0.5, PARALLEL), *start(1, 0)), UID)
        assert finding.vacuous == "the block created 1 replica and took 0 away, so there was none to wait for"

    def test_no_readiness_signal(self) -> None:
        bare = changed(PARALLEL, "spec.template", template(probe=False))
        assert "no readiness signal" in check_parallel(story(at(0.5, bare), at(1, pending(PODS[0])), at(1, pending(PODS[1]))), UID).vacuous


class TestHalts:
    SICK = unready(PODS[1])

    def test_it_halts_and_goes_on(self) -> None:
        finding = check_halts(story(DB, PODS[0], self.SICK, PODS[2], at(1, sized(4)), at(12, PODS[1]), *start(12.1, 3)), UID, "Pod/db-1")
        assert finding.holds
        assert finding.terms == ("from 3 to 4 replicas", "podManagementPolicy OrderedReady", "unhealthy: db-1")
        assert finding.evidence == {"unhealthy": "db-1", "replicas": 4, "seconds": 12.0}

    def test_scaling_down(self) -> None:
        assert check_halts(story(DB, PODS[0], self.SICK, PODS[2], at(1, sized(2)), at(12, PODS[1]), *stop(12.1, 2)), UID, "Pod/db-1").holds

    def test_the_unhealthy_one_is_replaced(self) -> None:
        again = replica(DB, 1, uid="again")
        healed = [at(10, terminating(self.SICK)), gone(11, self.SICK), at(11.1, pending(again)), at(12, again), *start(12.1, 3)]
        assert check_halts(story(DB, PODS[0], self.SICK, PODS[2], at(1, sized(4)), *healed), UID, "Pod/db-1").holds

    @pytest.mark.parametrize(
        ("moved", "what"), [(start(5, 3), "db-3 was created all the same"), (stop(5, 2), "db-2 was taken away all the same")]
    )
    def test_it_goes_on_all_the_same(self, moved: list[Change], what: str) -> None:
        finding = check_halts(story(PARALLEL, PODS[0], self.SICK, PODS[2], at(1, sized(4, PARALLEL)), *moved), UID, "Pod/db-1")
        assert [(one.what, one.at, one.lines) for one in finding.breaches] == [(what, moment(5), ("db-1  not ready",))]
        assert finding.change == "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)"

    def test_it_does_not_go_on(self) -> None:
        finding = check_halts(story(DB, PODS[0], self.SICK, PODS[2], at(1, sized(4)), at(12, PODS[1])), UID, "Pod/db-1")
        assert [one.what for one in finding.breaches] == ["3 of 4 replicas at the end, although db-1 was healthy again"]

    def test_upstream_would_pass_a_replica_that_came_and_went(self) -> None:
        """Upstream compares numbers of pods, once a second."""
        finding = check_halts(
            story(DB, PODS[0], self.SICK, PODS[2], at(1, sized(4)), *start(5, 3), gone(6, PODS[3]), at(12, PODS[1]), at(13, PODS[3])),
            UID,
            "Pod/db-1",
        )
        assert finding.breaches[0].what == "db-3 was created all the same"

    def test_parallel_that_halted_by_luck(self) -> None:
        """A quota, say."""
        sick: list[Json | Change] = [PODS[0], self.SICK, PODS[2], at(1, sized(4, PARALLEL)), at(12, PODS[1]), *start(12.1, 3)]
        finding = check_halts(story(PARALLEL, *sick), UID, "Pod/db-1")
        assert finding.vacuous == "only luck made it halt: podManagementPolicy Parallel does not wait for an unhealthy replica"
        assert finding.change == "spec.podManagementPolicy: OrderedReady (now Parallel; it cannot be changed in place)"

    @pytest.mark.parametrize("went", [stop(2, 1), [*stop(2, 2), *stop(3, 1)]])
    def test_a_replica_that_is_to_go_is_not_waited_for(self, went: list[Change]) -> None:
        """Neither by itself, if it is the lowest unhealthy one, nor by healthy ones above it."""
        finding = check_halts(story(DB, PODS[0], self.SICK, PODS[2], at(1, sized(1)), *went), UID, "Pod/db-1")
        assert finding.vacuous == "db-1 is among those that go, and the set waits for those that stay"
        assert finding.check == "ask for a number of replicas that keeps db-1"

    @pytest.mark.parametrize(
        ("pod", "size", "vacuous"),
        [
            (PODS[1], 4, "db-1 was available, so there was nothing to wait for"),
            (SICK, 3, "the set had 3 replicas already, so it did not scale"),
            (SICK, 4, "db-1 did not become available again, so it cannot be seen that the set goes on"),
            (
                failed(replica(stateful_set("other"), 1, uid="Pod/db-1")),
                4,
                "the pod is none of the set's, so the set has nothing to wait for",
            ),
        ],
    )
    def test_vacuous(self, pod: Json, size: int, vacuous: str) -> None:
        assert check_halts(story(DB, PODS[0], pod, PODS[2], at(1, sized(size))), UID, "Pod/db-1").vacuous == vacuous
