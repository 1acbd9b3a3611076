"""Kubernetes' Events in a history."""

from __future__ import annotations

import pytest

from pytest_kworkload.history.events import events, line, newest

from ..histories import Json, at, event, gone, pod, replica_set, story

WEB, OTHER = replica_set("web"), pod("other")


def normal(n: int, about: Json = WEB) -> Json:
    return event("Created", about, f"number {n}")


def warning(n: int, about: Json = WEB) -> Json:
    return event("Failed", about, f"number {n}", warning=True)


def test_in_the_order_in_which_they_came() -> None:
    history = story(normal(0), at(1, normal(1)), at(2, normal(2, OTHER)), gone(3, normal(1)), at(4, normal(3)))
    assert [one["message"] for one in events(history)] == ["number 1", "number 2", "number 3"]


def test_of_some_objects() -> None:
    history = story(at(1, normal(1)), at(2, normal(2, OTHER)), at(3, normal(3)))
    assert [one["message"] for one in events(history, "Pod/other")] == ["number 2"]
    assert [one["message"] for one in events(history, "Pod/other", "ReplicaSet/web")] == ["number 1", "number 2", "number 3"]
    assert list(events(history, "uid of nobody")) == []


def test_a_line() -> None:
    told = event("FailedCreate", WEB, "exceeded\n  quota", warning=True)
    assert line(told) == "Warning FailedCreate ReplicaSet/web: exceeded quota"
    assert line({"involvedObject": {"kind": "Pod", "name": "a"}, "reason": "Pulled"}) == "Normal Pulled Pod/a: "


class TestNewest:
    def test_the_last_ones(self) -> None:
        history = story(*(at(n, normal(n)) for n in range(1, 8)))
        assert newest(history, count=2) == ["Normal Created ReplicaSet/web: number 6", "Normal Created ReplicaSet/web: number 7"]

    def test_of_some_objects(self) -> None:
        history = story(at(1, normal(1)), at(2, normal(2, OTHER)))
        assert newest(history, "Pod/other") == ["Normal Created Pod/other: number 2"]

    def test_a_repeated_line_once_where_it_came_last(self) -> None:
        history = story(at(1, normal(1)), at(2, normal(2)), at(3, normal(1)))
        assert newest(history) == ["Normal Created ReplicaSet/web: number 2", "Normal Created ReplicaSet/web: number 1"]

    def test_all_in_their_order_if_there_is_room(self) -> None:
        history = story(at(1, normal(1)), at(2, warning(2)), at(3, normal(3)))
        assert [text.rpartition(" ")[2] for text in newest(history)] == ["1", "2", "3"]

    @pytest.mark.parametrize(("count", "numbers"), [(1, ["3"]), (2, ["2", "3"]), (3, ["2", "3", "5"]), (4, ["2", "3", "4", "5"])])
    def test_warnings_first_if_there_is_not(self, count: int, numbers: list[str]) -> None:
        history = story(at(1, normal(1)), at(2, warning(2)), at(3, warning(3)), at(4, normal(4)), at(5, normal(5)))
        assert [text.rpartition(" ")[2] for text in newest(history, count=count)] == numbers

    def test_none(self) -> None:
        assert newest(story()) == []
