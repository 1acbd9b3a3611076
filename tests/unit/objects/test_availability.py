"""Every state that a workload's pods were in."""

from __future__ import annotations

import pytest

from pytest_kworkload.history.model import History
from pytest_kworkload.objects.availability import moments
from pytest_kworkload.objects.pods import controlled_by

from ..histories import START, Json, at, changed, crashed, failed, gone, pending, pod, replica_set, stamp, story, terminating, unready

SET = replica_set("web")
A, B = pod("a", SET), pod("b", SET)
MINE = controlled_by({"ReplicaSet/web"})


def states(history: History, min_ready_seconds: int = 0) -> list[tuple[float, dict[str, str]]]:
    """Each moment as its second and the condition of each pod."""
    return [
        ((moment.at - START).total_seconds(), {pod.name: pod.condition for pod in moment.pods.values()})
        for moment in moments(history, MINE, min_ready_seconds)
    ]


@pytest.mark.parametrize(
    ("obj", "condition"),
    [
        (A, "available"),
        (unready(A), "not ready"),
        (pending(A), "pending"),
        (crashed(A), "not ready"),
        (crashed(A, restarted=True), "not ready"),
        (terminating(A), "terminating"),  # Ready still, and not available
        (failed(A), "finished"),
        (terminating(failed(A)), "finished"),
        (changed(A, "status.phase", "Succeeded"), "finished"),
        (changed(A, "status", {}), "pending"),
        (changed(A, "status.conditions", []), "not ready"),
        (changed(A, "status.conditions", [{"type": "Ready", "status": "Unknown"}]), "not ready"),
    ],
)
def test_the_condition_of_a_pod(obj: Json, condition: str) -> None:
    assert states(story(obj)) == [(0, {"a": condition})]


def test_every_version_is_a_state() -> None:
    history = story(A, at(1, B), at(2, unready(B)), at(2, B), at(3, terminating(A)), gone(4, A))
    assert states(history) == [
        (0, {"a": "available"}),
        (1, {"a": "available", "b": "available"}),
        (2, {"a": "available", "b": "not ready"}),
        (2, {"a": "available", "b": "available"}),
        (3, {"a": "terminating", "b": "available"}),
        (4, {"b": "available"}),
    ]


def test_a_state_counts_its_available_pods() -> None:
    counts = [moment.available for moment in moments(story(A, unready(B), at(1, B), at(2, terminating(A))), MINE)]
    assert counts == [1, 2, 1]


def test_pods_of_others_make_no_state() -> None:
    stranger = pod("stranger", replica_set("other"))
    late = pod("late", replica_set("other"))
    history = story(A, stranger, at(1, unready(stranger)), gone(2, stranger), at(3, late), at(4, unready(late)))
    assert states(history) == [(0, {"a": "available"})]


def test_a_name_that_comes_again_is_another_pod() -> None:
    second = pod("a", SET, uid="second")
    history = story(A, at(1, terminating(A)), gone(2, A), at(3, pending(second)))
    assert [set(moment.pods) for moment in moments(history, MINE)] == [{"Pod/a"}, {"Pod/a"}, set(), {"second"}]


def test_a_pod_that_is_released_leaves_and_one_that_is_adopted_comes() -> None:
    bare = changed(pod("b"), "metadata.ownerReferences", [])
    history = story(A, bare, at(1, B), at(2, changed(A, "metadata.ownerReferences", [])))
    assert states(history) == [
        (0, {"a": "available"}),
        (1, {"a": "available", "b": "available"}),
        (2, {"b": "available"}),
    ]


class TestMinReadySeconds:
    """A controller counts from the Ready condition's time, which is cut to whole seconds: 10 seconds may be 9."""

    def test_a_pod_becomes_available_as_time_passes(self) -> None:
        history = story(at(1, pending(A)), at(2.5, A), ends=30)
        assert states(history, 10) == [(0, {}), (1, {"a": "pending"}), (2.5, {"a": "ready"}), (11, {"a": "available"})]

    @pytest.mark.parametrize("clock", [0, 60, -60])
    def test_news_that_came_late_counts_from_its_own_time(self, clock: float) -> None:
        created = changed(changed(B, "metadata.creationTimestamp", stamp(clock + 1)), "status", {"phase": "Pending", "conditions": []})
        late = changed(A, "status.conditions", [{"type": "Ready", "status": "True", "lastTransitionTime": stamp(clock + 1)}])
        history = story(at(1, created), at(3.5, late), ends=10)
        assert states(history, 4)[-2:] == [(3.5, {"b": "pending", "a": "ready"}), (4, {"b": "pending", "a": "available"})]

    def test_before_the_next_version(self) -> None:
        history = story(at(1, A), at(20, B), ends=25)
        assert states(history, 10) == [
            (0, {}),
            (1, {"a": "ready"}),
            (10, {"a": "available"}),
            (20, {"a": "available", "b": "ready"}),
        ]

    def test_not_after_the_window(self) -> None:
        assert states(story(at(1, A), ends=9.9), 10) == [(0, {}), (1, {"a": "ready"})]
        assert states(story(at(1, A), ends=10), 10)[-1] == (10, {"a": "available"})

    def test_one_second_is_none(self) -> None:
        assert states(story(at(1.9, A)), 1) == [(0, {}), (1.9, {"a": "available"})]

    def test_the_wait_begins_anew_when_a_pod_was_not_ready(self) -> None:
        history = story(at(0, A), at(5, unready(A)), at(6, A), ends=20)
        assert states(history, 10) == [
            (0, {}),
            (0, {"a": "ready"}),
            (5, {"a": "not ready"}),
            (6, {"a": "ready"}),
            (15, {"a": "available"}),
        ]

    def test_the_wait_begins_anew_when_only_the_condition_tells_that_it_was_not_ready(self) -> None:
        again = pod("a", SET, ready_at=6)
        history = story(at(0, A), at(6.2, again), ends=20)
        assert states(history, 10)[-1] == (15, {"a": "available"})

    def test_other_changes_do_not_begin_it_anew(self) -> None:
        labelled = changed(A, "metadata.labels.seen", "yes")
        assert states(story(at(0, A), at(8, labelled), ends=20), 10)[-1] == (9, {"a": "available"})

    def test_a_pod_that_was_ready_before_the_window(self) -> None:
        history = story(pod("a", SET, ready_at=-4), ends=20)
        assert states(history, 10) == [(0, {"a": "ready"}), (5, {"a": "available"})]

    def test_a_pod_that_was_ready_for_long(self) -> None:
        assert states(story(A), 10) == [(0, {"a": "available"})]

    def test_a_condition_without_a_time_counts_from_the_window(self) -> None:
        bare = changed(A, "status.conditions", [{"type": "Ready", "status": "True", "lastTransitionTime": None}])
        assert states(story(bare, ends=20), 10) == [(0, {"a": "ready"}), (9, {"a": "available"})]

    def test_a_clock_ahead_does_not_make_a_pod_ready_in_the_future(self) -> None:
        assert states(story(pod("a", SET, ready_at=100), ends=20), 10) == [(0, {"a": "ready"}), (9, {"a": "available"})]

    def test_a_pod_that_is_adopted_was_ready_before(self) -> None:
        orphan = pod("a", ready_at=-60)
        adopted = pod("a", SET, ready_at=-60)
        assert states(story(orphan, at(5, adopted), ends=20), 10) == [(0, {}), (5, {"a": "available"})]

    def test_a_terminating_pod_never_becomes_available(self) -> None:
        history = story(at(0, A), at(2, terminating(A)), ends=20)
        assert {state["a"] for _, state in states(history, 10) if state} == {"ready", "terminating"}


def test_the_builder_dates_ready_conditions_in_whole_seconds() -> None:
    history = story(at(2.7, unready(A)), at(3.9, A), at(5.2, changed(A, "metadata.labels.x", "y")))
    dates = [version.object["status"]["conditions"][0]["lastTransitionTime"] for version in history.of("Pod")]
    assert dates == [stamp(2), stamp(3), stamp(3)]
