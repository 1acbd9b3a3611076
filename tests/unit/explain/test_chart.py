"""The pods of a window over time, in characters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from pytest_kworkload.explain.chart import LANES, SYMBOLS, WIDTH, drawn, duration
from pytest_kworkload.guarantees.finding import Chart, Lane

from ..histories import moment

Changes = list[tuple[float, str]]


def lane(name: str, *changes: tuple[float, str], then: str = "available", tag: str = "") -> Lane:
    return Lane(name, tag, tuple((moment(second), state) for second, state in changes), then)


def chart(*lanes: Lane, counts: list[tuple[float, int]] | None = None, bound: int = 1, ends: float = 40) -> Chart:
    """By default a column is one second."""
    return Chart(lanes, tuple((moment(second), count) for second, count in counts or [(0, 1)]), bound, moment(0), moment(ends))


def text(made: Chart) -> str:
    return "\n".join(drawn(made)) + "\n"


def bar(*changes: tuple[float, str]) -> str:
    return drawn(chart(lane("a", *changes)))[1].split()[-1]


def counts(*numbers: tuple[float, int], bound: int = 1) -> str:
    return drawn(chart(counts=list(numbers), bound=bound))[-2].split()[-1]


def test_a_whole_chart() -> None:
    made = chart(
        lane("web-a", (0, "available"), (5, "not ready"), (8, "available"), then="not ready", tag="old"),
        lane("web-b", (0, "available"), (10, "terminating"), (12, "finished"), (15, ""), tag="old"),
        lane("web-with-a-long-name", (20, "pending"), (30, "available"), then="not created yet", tag="new"),
        counts=[(0, 2), (5, 1), (8, 2), (10, 1), (30, 2)],
        bound=2,
    )
    assert (
        text(made)
        == """\
pod                        when it broke    over 40.0 s
web-a                 old  not ready        █████░░░████████████████████████████████
web-b                 old  available        ██████████▁▁xxx·························
web-with-a-long-name  new  not created yet  ····················░░░░░░░░░░██████████
available                  bound 2          2222211122111111111111111111112222222222
█ available ░ not ready ▁ terminating x finished · not there
"""
    )


def test_without_revisions_there_is_no_column_for_them() -> None:
    assert (
        text(chart(lane("a", (0, "available"))))
        == """\
pod          when it broke  over 40.0 s
a            available      ████████████████████████████████████████
available    bound 1        1111111111111111111111111111111111111111
█ available ░ not ready ▁ terminating x finished · not there
"""
    )


def test_what_is_counted_has_a_name() -> None:
    assert drawn(replace(chart(bound=2), counted="old available"))[-2] == "old available    bound 2        " + "1" * WIDTH


class TestBars:
    @pytest.mark.parametrize(
        ("state", "symbol"),
        [("available", "█"), ("ready", "▓"), ("not ready", "░"), ("pending", "░"), ("terminating", "▁"), ("finished", "x")],
    )
    def test_symbols(self, state: str, symbol: str) -> None:
        assert bar((0, state)) == symbol * WIDTH

    def test_a_short_drop_is_seen(self) -> None:
        """A hundredth of a column is enough."""
        assert bar((0, "available"), (10.5, "not ready"), (10.51, "available")) == "█" * 10 + "░" + "█" * 29

    def test_a_pod_that_was_there_for_a_moment_is_seen(self) -> None:
        assert bar((10.5, "pending"), (10.51, "")) == "·" * 10 + "░" + "·" * 29

    def test_a_pod_that_vanishes_without_terminating_is_seen(self) -> None:
        assert bar((0, "available"), (39.5, "")) == "█" * 39 + "·"

    def test_the_last_trouble_of_a_column_is_shown(self) -> None:
        assert bar((0, "available"), (10.2, "terminating"), (10.4, "finished"), (10.6, ""))[10] == "x"


class TestCounts:
    def test_the_lowest_number_of_each_column(self) -> None:
        assert counts((0, 3), (10.5, 2), (10.51, 3)) == "3" * 10 + "2" + "3" * 29

    def test_numbers_of_two_digits(self) -> None:
        assert counts((0, 20), (10.5, 14), (11, 15), (20.5, 9), (21, 20), bound=15) == "+" * 10 + "-" + "+" * 9 + "9" + "+" * 19

    def test_the_legend_tells_what_stands_for_two_digits(self) -> None:
        assert drawn(chart(counts=[(0, 12)]))[-1] == (
            "█ available ░ not ready ▁ terminating x finished · not there; + 10 or more, - 10 or more but below the bound"
        )

    def test_the_legend_tells_of_ready_pods_only_if_there_are_any(self) -> None:
        assert drawn(chart(lane("a", (0, "ready"), (9, "available"))))[-1] == (
            "█ available ░ not ready ▁ terminating x finished · not there; ▓ ready, not yet for minReadySeconds"
        )


class TestManyPods:
    def test_as_many_as_there_is_room_for(self) -> None:
        rows = drawn(chart(*(lane(f"pod-{n:02}", (0, "available")) for n in range(LANES))))
        assert len(rows) == 1 + LANES + 2
        assert not any(row.startswith("and ") for row in rows)

    def test_those_that_were_missing_are_not_cut(self) -> None:
        steady = [lane(f"pod-{n:02}", (0, "available")) for n in range(14)]
        lost = lane("pod-14", (0, "available"), (5, "not ready"), then="not ready")
        flapped = lane("pod-15", (0, "available"), (5, "not ready"), (6, "available"))
        rows = drawn(chart(*steady, lost, flapped, lane("pod-16", (9, "pending"), then="not created yet")))
        assert [row.split()[0] for row in rows[1:13]] == [f"pod-{n:02}" for n in (*range(10), 14, 15)]
        assert rows[13] == "and 5 more"
        assert rows[14].startswith("available")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 ms"), (0.0004, "0 ms"), (0.0123, "12 ms"), (0.0999, "100 ms"), (0.1, "0.1 s"), (1.25, "1.2 s"), (75, "75.0 s")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert duration(timedelta(seconds=seconds)) == shown


def test_a_window_without_length() -> None:
    assert counts((0, 3)) == "3" * WIDTH
    assert drawn(chart(lane("a", (0, "available")), ends=0))[1].endswith("█" * WIDTH)


STATES = st.sampled_from(sorted(SYMBOLS))
TIMES = st.lists(st.integers(1, 4000), unique=True, max_size=6).map(sorted)


@given(TIMES, st.lists(STATES, min_size=7, max_size=7), st.lists(st.integers(0, 30), min_size=7, max_size=7), st.integers(0, 30))
def test_nothing_that_happened_is_lost(ticks: list[int], states: list[str], numbers: list[int], bound: int) -> None:
    """Each trouble appears in a column of its own time, and each number below the bound makes a column that says so."""
    times = [0.0, *(tick / 100 for tick in ticks)]
    changes = list(zip(times, states, strict=False))
    drawn_bar = drawn(chart(lane("a", *changes)))[1].split()[-1]
    drawn_counts = drawn(chart(counts=list(zip(times, numbers, strict=False)), bound=bound))[-2].split()[-1]
    assert len(drawn_bar) == len(drawn_counts) == WIDTH
    for (begins, state), ends in zip(changes, [*times[1:], 40.0], strict=True):
        columns = drawn_bar[int(begins) : int(ends) + 1]
        if state not in ("available", ""):
            assert any(cell not in "█·" for cell in columns)
    for number, (begins, ends) in zip(numbers, pairwise([*times, 40.0]), strict=False):
        columns = drawn_counts[int(begins) : int(ends) + 1]
        shown = [0 if cell.isdigit() and int(cell) <= number else 10 if cell == "-" else 99 for cell in columns]
        assert number >= bound or min(shown) <= 10
        assert number >= 10 or min(shown) == 0
