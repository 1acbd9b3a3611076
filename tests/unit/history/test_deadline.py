"""The one budget of time."""

from __future__ import annotations

import pytest

from pytest_kworkload.history import deadline as module
from pytest_kworkload.history.deadline import Deadline


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_what_remains_and_what_is_used(clock: Clock) -> None:
    deadline = Deadline.after(10.0)
    assert (deadline.remaining, deadline.elapsed, deadline.expired) == (10.0, 0.0, False)
    clock.now += 4.0
    assert (deadline.remaining, deadline.elapsed, deadline.expired) == (6.0, 4.0, False)


@pytest.mark.parametrize("later", [10.0, 11.0, 1e9])
def test_it_stays_expired_and_within_its_budget(clock: Clock, later: float) -> None:
    deadline = Deadline.after(10.0)
    clock.now += later
    assert (deadline.remaining, deadline.elapsed, deadline.expired) == (0.0, 10.0, True)


def test_a_part_of_it_is_never_later_than_the_whole(clock: Clock) -> None:
    deadline = Deadline.after(10.0)
    clock.now += 4.0
    assert deadline.within(30.0) is deadline
    assert deadline.within(5.0) == Deadline(5.0, 1009.0)
    clock.now += 100.0
    assert deadline.within(5.0).expired


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_no_time_at_all(clock: Clock, seconds: float) -> None:
    deadline = Deadline.after(seconds)
    assert (deadline.seconds, deadline.remaining, deadline.elapsed, deadline.expired) == (0.0, 0.0, 0.0, True)
