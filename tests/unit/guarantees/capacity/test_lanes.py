"""What a chart is drawn from."""

from __future__ import annotations

from pytest_kworkload.guarantees.capacity.lanes import chart
from pytest_kworkload.guarantees.finding import Chart, Lane
from pytest_kworkload.history.model import History
from pytest_kworkload.objects.availability import Moment, moments
from pytest_kworkload.objects.pods import controlled_by

from ...histories import START, at, gone, moment, pending, pod, replica_set, story, terminating, unready

SET = replica_set("web")
A, B, C = pod("a", SET), pod("b", SET), pod("c", SET)


def every(history: History) -> list[Moment]:
    return list(moments(history, controlled_by({"ReplicaSet/web"})))


def lanes(made: Chart) -> dict[str, list[tuple[float, str]]]:
    return {lane.name: [((at - START).total_seconds(), state) for at, state in lane.changes] for lane in made.lanes}


def test_each_change_of_a_pod_once() -> None:
    history = story(A, B, at(1, unready(A)), at(2, pending(C)), at(3, A), at(4, terminating(B)), gone(5, B), ends=9)
    made = chart(history, every(history), 1, None)
    assert lanes(made) == {
        "a": [(0, "available"), (1, "not ready"), (3, "available")],
        "b": [(0, "available"), (4, "terminating"), (5, "")],
        "c": [(2, "pending")],
    }
    assert [count for _, count in made.counts] == [2, 1, 1, 2, 1, 1]
    assert (made.started, made.ended, made.bound) == (START, moment(9), 1)


def test_the_conditions_when_it_broke() -> None:
    history = story(A, B, at(1, terminating(B)), gone(2, B), at(3, unready(A)), at(4, C), at(5, A))
    moments = every(history)
    broke = next(moment for moment in moments if moment.available == 0)
    assert {lane.name: lane.then for lane in chart(history, moments, 1, broke).lanes} == {
        "a": "not ready",
        "b": "gone",
        "c": "not created yet",
    }


def test_of_two_changes_at_one_time_the_first_that_broke_counts() -> None:
    history = story(A, at(1, unready(A)), at(1, A))
    moments = every(history)
    assert chart(history, moments, 1, moments[1]).lanes[0].then == "not ready"


def test_a_tag_for_the_reader() -> None:
    history = story(A)
    made = chart(history, every(history), 1, None, lambda pod: str(pod["metadata"]["name"]).upper())
    assert made.lanes == (Lane("a", "A", ((START, "available"),), "not created yet"),)
