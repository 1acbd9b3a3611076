"""A recorded history: its streams, its states, its parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.history.model import Gap, History, Version

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def version(kind: str, uid: str, revision: int, type: Any = "MODIFIED", second: float = 0, **metadata: str) -> Version:
    obj = {"kind": kind, "metadata": {"name": uid, "uid": uid, **metadata}, "revision": revision}
    return Version(kind, type, obj, revision, START + timedelta(seconds=second))


def history(versions: list[Version], initial: dict[str, tuple[Version, ...]] | None = None, gaps: tuple[Gap, ...] = ()) -> History:
    return History(tuple(versions), initial or {}, START, START + timedelta(seconds=100), gaps)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Objects of two kinds that are there, come, change and go, received in any mixture of the two streams."""
    initial: dict[str, tuple[Version, ...]] = {}
    versions: list[Version] = []
    revision = 10
    for kind in ("Pod", "Node"):
        alive = {f"{kind}-{n}" for n in range(draw(st.integers(0, 3)))}
        initial[kind] = tuple(version(kind, uid, 1, "ADDED") for uid in sorted(alive))
        for n in range(draw(st.integers(0, 8))):
            revision += draw(st.integers(1, 3))
            uid = draw(st.sampled_from([f"{kind}-new-{n}", *sorted(alive)]))
            type_ = "ADDED" if uid not in alive else draw(st.sampled_from(["MODIFIED", "DELETED"]))
            (alive.discard if type_ == "DELETED" else alive.add)(uid)
            versions.append(version(kind, uid, revision, type_, draw(st.integers(0, 100))))
    return history(draw(st.permutations(versions)), initial)


@given(histories())
def test_a_stream_is_in_the_order_of_its_revisions(recorded: History) -> None:
    for kind in ("Pod", "Node"):
        stream = recorded.of(kind)
        assert [one.revision for one in stream] == sorted(one.revision for one in recorded.versions if one.kind == kind)


@given(histories())
def test_every_version_makes_one_state(recorded: History) -> None:
    states = [(state.version, dict(state.objects)) for state in recorded.states("Pod")]
    assert [made for made, _ in states] == [None, *recorded.of("Pod")]
    for (_, before), (made, after) in pairwise(states):
        assert made is not None
        rest = {uid: obj for uid, obj in before.items() if uid != made.uid}
        assert after == (rest if made.type == "DELETED" else rest | {made.uid: made.object})


@given(histories())
def test_the_first_state_is_before_and_the_last_one_is_what_is_alive(recorded: History) -> None:
    states = [dict(state.objects) for state in recorded.states("Pod")]
    assert states[0] == recorded.before("Pod")
    assert states[-1] == recorded.objects("Pod")


@given(histories())
def test_what_was_seen_is_what_was_in_any_state_in_its_last_version(recorded: History) -> None:
    ever = {uid for state in recorded.states("Pod") for uid in state.objects}
    seen = recorded.seen("Pod")
    assert seen.keys() == ever
    assert {uid: seen[uid] for uid in recorded.objects("Pod")} == recorded.objects("Pod")


@given(histories())
def test_the_versions_of_an_object_are_what_led_to_each_state(recorded: History) -> None:
    for uid in recorded.seen("Pod"):
        first = [recorded.before("Pod")[uid]] if uid in recorded.before("Pod") else []
        changed = [one.version.object for one in recorded.states("Pod") if one.version is not None and one.version.uid == uid]
        assert recorded.versions_of("Pod", uid) == [*first, *changed]
    assert recorded.versions_of("Pod", "never there") == []


@given(histories(), st.integers(0, 100))
def test_a_part_holds_what_was_received_until_then(recorded: History, second: int) -> None:
    until = START + timedelta(seconds=second)
    part = recorded.until(until)
    assert part.ended == until
    assert (part.started, part.initial, part.known) == (recorded.started, recorded.initial, recorded.known)
    assert list(part.versions) == [one for one in recorded.versions if one.received <= until]
    assert part.until(until) == part


@given(histories())
def test_all_of_a_history_is_a_part_of_it(recorded: History) -> None:
    assert recorded.until(recorded.ended) == recorded


class TestStates:
    def test_a_state_is_a_view_that_moves_on(self) -> None:
        states = list(history([version("Pod", "a", 2, "ADDED")]).states("Pod"))
        assert [set(state.objects) for state in states] == [{"a"}, {"a"}]

    def test_a_state_cannot_be_written(self) -> None:
        state = next(history([]).states("Pod"))
        with pytest.raises(TypeError):
            state.objects["a"] = {}  # type: ignore[index]  # a view is read-only

    def test_a_state_knows_when(self) -> None:
        moments = [state.moment for state in history([version("Pod", "a", 2, "ADDED", 7)]).states("Pod")]
        assert moments == [START, START + timedelta(seconds=7)]

    def test_of_a_kind_that_is_not_there(self) -> None:
        nothing = history([])
        assert [dict(state.objects) for state in nothing.states("Pod")] == [{}]
        assert nothing.objects("Pod") == nothing.before("Pod") == nothing.seen("Pod") == {}

    def test_the_deletion_of_what_was_never_there(self) -> None:
        assert history([version("Pod", "a", 2, "DELETED")]).objects("Pod") == {}

    def test_by_uid_and_not_by_name(self) -> None:
        recorded = history([version("Pod", "1", 2, "ADDED", name="a"), version("Pod", "2", 3, "ADDED", name="a")])
        assert recorded.objects("Pod").keys() == {"1", "2"}


class TestGaps:
    gaps = (Gap("Pod", 5, "410 Gone", START + timedelta(seconds=9)), Gap("Node", 6, "410 Gone", START))

    def test_by_kind(self) -> None:
        recorded = history([], gaps=self.gaps)
        assert recorded.gaps_of("Pod") == self.gaps[:1]
        assert recorded.gaps_of("Pod", "Node", "Event") == self.gaps
        assert recorded.gaps_of("Event") == ()

    def test_a_gap_that_is_noticed_later_belongs_to_the_part_before(self) -> None:
        """What was lost may have happened before the moment at which the loss was noticed."""
        assert history([], gaps=self.gaps).until(START + timedelta(seconds=1)).gaps == self.gaps


def test_what_a_version_tells_of_its_object() -> None:
    one = version("Pod", "1", 2, name="a", namespace="test")
    assert (one.uid, one.name, one.namespace) == ("1", "a", "test")
    assert version("Node", "n", 2).namespace == ""


class TestStatesOfSeveralKinds:
    @given(histories())
    def test_each_leads_from_the_one_before_in_the_order_of_receipt(self, recorded: History) -> None:
        kinds = ("Pod", "Node")
        states = [(one.moment, one.version, {kind: dict(one.objects[kind]) for kind in kinds}) for one in recorded.states_of(*kinds)]
        assert states[0] == (recorded.started, None, {kind: recorded.before(kind) for kind in kinds})
        made = [version for _, version, _ in states if version is not None]
        assert made == sorted(recorded.versions, key=lambda one: (one.received, one.revision))
        for (_, _, before), (moment, version, after) in pairwise(states):
            assert version is not None
            assert moment == version.received
            rest = {uid: obj for uid, obj in before[version.kind].items() if uid != version.uid}
            there = rest if version.type == "DELETED" else rest | {version.uid: version.object}
            assert after == {**before, version.kind: there}

    def test_a_state_cannot_be_written(self) -> None:
        state = next(history([]).states_of("Pod", "Node"))
        with pytest.raises(TypeError):
            state.objects["Pod"]["a"] = {}  # type: ignore[index]  # a view is read-only
