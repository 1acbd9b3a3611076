"""The pods of a window over time, in characters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from ..guarantees.finding import Chart, Lane

WIDTH = 40  # columns of time
LANES = 12  # how many pods before the chart is cut
SYMBOLS = {"available": "█", "ready": "▓", "not ready": "░", "pending": "░", "terminating": "▁", "finished": "x", "": "·"}
LEGEND = "█ available ░ not ready ▁ terminating x finished · not there"
RIPENING = "▓ ready, not yet for minReadySeconds"
MANY = "+ 10 or more, - 10 or more but below the bound"


def drawn(chart: Chart) -> list[str]:
    """A row per pod: its condition when the promise first broke and over time; below, how many of them count."""
    cells = [chart.started + (chart.ended - chart.started) * n / WIDTH for n in range(WIDTH + 1)]
    cells[-1] += timedelta.resolution  # a column ends before the next one begins; the last one includes the end
    shown = _chosen(chart.lanes)
    bars = [_bar(lane, cells) for lane in shown]
    counts = _counts(chart, cells)
    table = [("pod", "", "when it broke", f"over {duration(chart.ended - chart.started)}")]
    table += [(lane.name, lane.revision, lane.then, bar) for lane, bar in zip(shown, bars, strict=True)]
    total = (chart.counted, "", f"bound {chart.bound}", counts)
    names, tags, states = (max(len(row[n]) for row in [*table, total]) for n in range(3))
    rows = [f"{name:<{names}}  {tag:<{tags}}  {then:<{states}}  {bar}".rstrip() for name, tag, then, bar in [*table, total]]
    hidden = len(chart.lanes) - len(shown)
    if hidden:
        rows.insert(-1, f"and {hidden} more")
    legend = [LEGEND, *([RIPENING] if any("▓" in bar for bar in bars) else []), *([MANY] if set("+-") & set(counts) else [])]
    return [*rows, "; ".join(legend)]


def duration(length: timedelta) -> str:
    seconds = length.total_seconds()
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds * 1000:.0f} ms"


def _chosen(lanes: Sequence[Lane]) -> list[Lane]:
    """As many lanes as there is room for, in their order: those that were missing when it broke before the others."""
    weighed = sorted(range(len(lanes)), key=lambda n: (lanes[n].then in ("available", "not created yet"), len(lanes[n].changes) == 1, n))
    return [lanes[n] for n in sorted(weighed[:LANES])]


def _bar(lane: Lane, cells: Sequence[datetime]) -> str:
    return "".join(SYMBOLS[_telling(_states(lane.changes, start, end))] for start, end in pairwise(cells))


def _states(changes: Sequence[tuple[datetime, str]], start: datetime, end: datetime) -> list[str]:
    """What was true in a stretch of time: at its start, and after each change in it."""
    return ["", *(state for at, state in changes if at <= start)][-1:] + [state for at, state in changes if start < at < end]


def _telling(states: Sequence[str]) -> str:
    """The one condition in a column that the reader must see: trouble before absence before availability."""
    trouble = [state for state in states if state not in ("", "available")]
    return trouble[-1] if trouble else "" if "" in states else "available"


def _counts(chart: Chart, cells: Sequence[datetime]) -> str:
    """The lowest number in each column, so that no short drop is lost."""
    digits = []
    for start, end in pairwise(cells):
        before = [count for at, count in chart.counts if at <= start][-1:]
        lowest = min(before + [count for at, count in chart.counts if start < at < end])
        digits.append(str(lowest) if lowest < 10 else "-" if lowest < chart.bound else "+")
    return "".join(digits)
