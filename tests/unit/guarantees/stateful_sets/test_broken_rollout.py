"""sts-broken-rollout."""

from __future__ import annotations

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.stateful_sets.broken_rollout import check_broken_set, stopped
from pytest_kworkload.history.model import History

from ...histories import Json, at, changed, crashed, gone, pending, replica, stateful_set, story, template, terminating, unready

DB = changed(stateful_set(replicas=3), "status.updateRevision", "db-1")
BROKEN = changed(changed(DB, "spec.template", template("web:2")), "status.updateRevision", "db-2")
OLD = [replica(DB, n, revision="db-1") for n in range(3)]
NEW = [replica(DB, n, revision="db-2", uid=f"new-{n}") for n in range(3)]
STUCK = pending(NEW[2], "ErrImagePull")
TAKEN = (at(1, BROKEN), at(1.1, terminating(OLD[2])), gone(2, terminating(OLD[2])), at(3, pending(NEW[2])))


def check(history: History) -> Finding:
    return check_broken_set(history, "StatefulSet/db")


def test_it_stops_at_the_first_replica() -> None:
    history = story(DB, *OLD, *TAKEN, at(4, STUCK))
    finding = check(history)
    assert finding.holds
    assert finding.terms == ("replicas 3", "the strategy allows 1 unavailable (maxUnavailable 1)", "promised: at most 1 old replica may go")
    assert finding.evidence == {"old_available": 2, "bound": 2, "reason": "container main: ErrImagePull"}
    assert stopped(history, "StatefulSet/db") == "container main: ErrImagePull"


@pytest.mark.parametrize("last", [pending(NEW[2]), unready(NEW[2]), NEW[2]])
def test_it_has_not_stopped_while_a_replica_may_become_ready(last: Json) -> None:
    assert stopped(story(DB, *OLD, *TAKEN, at(4, last)), "StatefulSet/db") is None


def test_nothing_has_stopped_before_a_new_replica_is_there() -> None:
    assert stopped(story(DB, *OLD, at(1, BROKEN)), "StatefulSet/db") is None


def test_the_new_version_takes_over() -> None:
    finding = check(story(DB, *OLD, *TAKEN, at(4, NEW[2]), at(5, terminating(OLD[1]))))
    assert [(one.what, one.lines) for one in finding.breaches] == [("replicas of the new version that became available: 1", ("db-2",))]
    assert finding.check == "the readiness probe: a broken version should fail it"


def test_without_a_probe_it_takes_over() -> None:
    blind = changed(BROKEN, "spec.template", template("web:2", probe=False))
    finding = check(story(DB, *OLD, *TAKEN[:-1], at(2.5, blind), at(3, NEW[2])))
    assert "readinessProbe: add one that a broken version fails" in finding.change


@pytest.mark.parametrize(("ready_until", "holds"), [(6, True), (20, False)])
def test_a_replica_that_is_ready_for_a_moment_has_not_taken_over(ready_until: float, holds: bool) -> None:
    """With minReadySeconds it counts when it is available, and the update waits for that too."""
    db, broken = (changed(obj, "spec.minReadySeconds", 10) for obj in (DB, BROKEN))
    taken = (at(1, broken), *TAKEN[1:])
    back = crashed(NEW[2], restarted=True)
    finding = check(story(db, *OLD, *taken, at(4, NEW[2]), at(ready_until, back)))
    assert finding.holds is holds


def test_another_old_replica_goes() -> None:
    finding = check(story(DB, *OLD, *TAKEN, at(4, STUCK), at(5, terminating(OLD[0]))))
    assert [(one.what, one.lines) for one in finding.breaches] == [("old replicas that went: 2", ("db-0", "db-2"))]
    assert finding.check == "find what, other than the controller, deletes pods of this set"


def test_upstream_would_count_a_successor_of_the_same_name_as_the_old_pod() -> None:
    """By name and revision db-0 is as it was; by uid it is another pod."""
    again = replica(DB, 0, revision="db-1", uid="again")
    finding = check(story(DB, *OLD, *TAKEN, at(4, STUCK), gone(5, OLD[0]), at(6, again)))
    assert [one.what for one in finding.breaches] == ["old replicas that went: 2"]


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
@pytest.mark.parametrize("ill", [(unready(OLD[0]), unready(OLD[1]), OLD[2]), (unready(OLD[0]), OLD[2])])
def test_more_old_replicas_than_the_strategy_allows_are_ill_already(ill: tuple[Json, ...], policy: str) -> None:
    """Parallel replaces those that are not available whatever the strategy allows."""
    db, broken = (changed(obj, "spec.podManagementPolicy", policy) for obj in (DB, BROKEN))
    gone_too = (at(1.1, terminating(OLD[0])), gone(2, OLD[0]))
    finding = check(story(db, *ill, at(1, broken), *TAKEN[1:], *gone_too, at(4, STUCK)))
    assert finding.vacuous.startswith("unavailable when the block began: 2 replicas, more than the 1 that may be")
    assert finding.check == "wait_ready() before the block"


def test_one_old_replica_that_is_ill_is_within_what_the_strategy_allows() -> None:
    assert check(story(DB, *OLD[:2], unready(OLD[2]), *TAKEN, at(4, STUCK))).holds


@pytest.mark.parametrize(
    ("history", "vacuous"),
    [
        (story(at(1, DB)), "the block created the StatefulSet"),
        (story(DB, *OLD, at(1, changed(DB, "spec.replicas", 4))), "no new revision"),
        (
            story(DB, *OLD, at(1, changed(BROKEN, "spec.updateStrategy", {"type": "OnDelete"}))),
            "updateStrategy OnDelete the controller replaces no pod",
        ),
        (
            story(DB, *OLD, at(1, changed(BROKEN, "spec.updateStrategy", {"rollingUpdate": {"partition": 2}}))),
            "the update is for 1 replica and 1 may be unavailable",
        ),
        (story(DB, *OLD, at(1, BROKEN)), "no pod of the new version was created"),
        (story(DB, *OLD, at(1, changed(BROKEN, "status", DB["status"]))), "no pod of the new version was created"),
        (story(DB, *OLD[:2], NEW[2], at(1, BROKEN)), "no pod of the new version was created"),
    ],
)
def test_vacuous(history: History, vacuous: str) -> None:
    finding = check(history)
    assert vacuous in finding.vacuous
    assert finding.change or finding.check
