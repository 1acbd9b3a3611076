"""sts-partition."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.guarantees.stateful_sets.partition import check_partition
from pytest_kworkload.history.model import History

from ...histories import Change, Json, at, changed, gone, moment, replica, stateful_set, story, template, terminating


def db(partition: int, *, revision: str = "db-1", replicas: int = 3, **spec: Any) -> Json:
    strategy: Json = {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}
    return changed(stateful_set(replicas=replicas, **{"updateStrategy": strategy, **spec}), "status.updateRevision", revision)


def updated(obj: Json) -> Json:
    return changed(changed(obj, "spec.template", template("web:2")), "status.updateRevision", "db-2")


DB = db(2)
OLD = [replica(DB, n, revision="db-1") for n in range(5)]
NEW = [replica(DB, n, revision="db-2", uid=f"new-{n}") for n in range(5)]


def replace(second: float, n: int, successor: Json) -> list[Change]:
    return [at(second, terminating(OLD[n])), gone(second + 0.5, OLD[n]), at(second + 1, successor)]


def check(history: History, partition: int = 2) -> Finding:
    return check_partition(history, "StatefulSet/db", partition)


CANARY = [at(1, updated(DB)), *replace(2, 2, NEW[2])]


def test_only_the_replicas_from_the_partition_on() -> None:
    finding = check(story(DB, *OLD[:3], *CANARY))
    assert finding.holds
    assert finding.evidence == {"held": ("db-0", "db-1"), "updated": ("db-2",), "revision": "db-2"}


def test_a_held_replica_comes_back_as_it_was() -> None:
    back = replica(DB, 0, revision="db-1", uid="back")
    assert check(story(DB, *OLD[:3], *CANARY, *replace(5, 0, back))).holds


def test_a_canary_that_is_there_already() -> None:
    """The block changes no template: it deletes a held replica."""
    back = replica(DB, 0, revision="db-1", uid="back")
    assert check(story(updated(DB), *OLD[:2], NEW[2], *replace(5, 0, back))).holds


def test_a_partition_above_the_replicas_holds_all() -> None:
    assert check(story(db(5), *OLD[:3], at(1, updated(db(5)))), 5).evidence["held"] == ("db-0", "db-1", "db-2")


def test_it_counts_from_the_first_ordinal() -> None:
    shifted = db(1, replicas=2, ordinals={"start": 3})
    history = story(shifted, *OLD[3:5], at(1, updated(shifted)), *replace(2, 4, NEW[4]))
    assert check(history, 1).evidence["held"] == ("db-3",)


class TestBroken:
    def test_a_held_replica_is_updated(self) -> None:
        none = db(0)
        finding = check(story(none, *OLD[:3], at(1, updated(none)), *replace(2, 2, NEW[2]), *replace(4, 1, NEW[1]), *replace(6, 0, NEW[0])))
        assert [(one.what, one.at) for one in finding.breaches] == [
            ("db-1 came at the new revision", moment(5)),
            ("db-0 came at the new revision", moment(7)),
        ]
        assert finding.change == "spec.updateStrategy.rollingUpdate.partition: 2 (now 0)"

    def test_upstream_would_pass_a_held_replica_that_was_new_for_a_moment(self) -> None:
        """Upstream looks at the pods when the update is over."""
        back = replica(DB, 0, revision="db-1", uid="back")
        finding = check(story(DB, *OLD[:3], *CANARY, *replace(5, 0, NEW[0]), gone(7, NEW[0]), at(8, back)))
        assert [one.what for one in finding.breaches] == ["db-0 came at the new revision"]

    def test_a_free_replica_is_not_updated(self) -> None:
        finding = check(story(db(3), *OLD[:3], at(1, updated(db(3)))))
        assert [(one.what, one.lines) for one in finding.breaches] == [
            ("replicas from the partition on without revision db-2: 1", ("replica 2  revision db-1",))
        ]
        assert finding.change == "spec.updateStrategy.rollingUpdate.partition: 2 (now 3)"

    def test_a_free_replica_is_missing(self) -> None:
        finding = check(story(DB, *OLD[:3], *CANARY[:3]))
        assert [one.lines for one in finding.breaches] == [("replica 2  not there",)]
        assert finding.check.startswith("the pods' events: what keeps them from being available")

    def test_on_delete(self) -> None:
        idle = db(2, updateStrategy={"type": "OnDelete"})
        assert check(story(idle, *OLD[:3], at(1, updated(idle)))).change == "spec.updateStrategy.type: RollingUpdate (now OnDelete)"


class TestVacuous:
    def test_the_block_created_the_set(self) -> None:
        assert check(story(at(1, DB), at(2, OLD[0]))).vacuous == "the block created the StatefulSet: all its pods are of one revision"

    @pytest.mark.parametrize(("replicas", "partition"), [(3, 0), (0, 2)])
    def test_nothing_is_held(self, replicas: int, partition: int) -> None:
        obj = db(partition, replicas=replicas)
        assert check(story(obj, at(1, updated(obj))), partition).vacuous == "a partition of 0 holds no replica back"

    def test_on_delete_where_nobody_deleted_a_held_replica(self) -> None:
        idle = db(2, updateStrategy={"type": "OnDelete"})
        finding = check(story(idle, *OLD[:3], at(1, updated(idle)), *replace(2, 2, NEW[2])))
        assert finding.vacuous == (
            "only luck held them back: with updateStrategy OnDelete a pod is updated only when somebody has deleted it"
        )
        assert finding.change == "spec.updateStrategy.type: RollingUpdate (now OnDelete)"

    def test_no_new_revision(self) -> None:
        finding = check(story(DB, *OLD[:3], *replace(2, 2, replica(DB, 2, revision="db-1", uid="again"))))
        assert finding.vacuous == "the held replicas have the set's newest revision already, so there is nothing to hold back"
