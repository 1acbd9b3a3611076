"""A finding as the text of a failure: what was promised, the first moment it broke, and which field to change."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from ..guarantees.finding import Breach, Chart, Finding, Lane

WIDTH = 40  # columns of the chart
LANES = 12  # rows of the chart before it is cut
BREACHES = 5
SYMBOLS = {"available": "█", "ready": "▓", "not ready": "░", "pending": "░", "terminating": "▁", "finished": "x", "": "·"}


def failure(finding: Finding, look: str) -> str:
    """The text of GuaranteeViolated. `look` is the start of a kubectl command."""
    lines = [f"{finding.guarantee.id}: {finding.guarantee.says}", "  " + " · ".join((finding.subject, *finding.terms))]
    if finding.vacuous:
        lines.append(f"  vacuous, so a failure: {finding.vacuous}")
    for n, breach in enumerate(finding.breaches[:BREACHES]):
        lines.append(f"  {_headline(finding, breach, again=n > 0)}")
        lines.extend(f"      {line}" for line in breach.lines)
    if len(finding.breaches) > BREACHES:
        lines.append(f"  and {len(finding.breaches) - BREACHES} more")
    if finding.chart is not None and finding.breaches:
        lines += ["", *(f"    {line}" for line in drawn(finding.chart)), ""]
    if finding.cause:
        lines.append(f"  cause: {finding.cause}")
    if finding.change:
        lines.append(f"  change: {finding.change}")
    lines.append(f"  look: {look} get pods -o wide")
    return "\n".join(lines)


def note(finding: Finding) -> str:
    """The verdict in one line, for an error that came first."""
    if finding.holds:
        return f"kworkload: until then the guarantee held: {finding.guarantee.id} ({finding.subject})"
    what = finding.vacuous or "; ".join(breach.what for breach in finding.breaches)
    return f"kworkload: {finding.guarantee.id} ({finding.subject}) does not hold either: {what}"


def _headline(finding: Finding, breach: Breach, again: bool) -> str:
    text = "broke"
    if breach.at is not None and finding.trigger is not None:
        text += f" {seconds(breach.at, finding.trigger)} after the trigger"
        if breach.until is not None:
            text += f", for {seconds(breach.until, breach.at)}"
    return f"{'and again' if again and breach.at else text}: {breach.what}"


def seconds(later: datetime, earlier: datetime) -> str:
    return f"{max(0.0, (later - earlier).total_seconds()):.1f} s"


def drawn(chart: Chart) -> list[str]:
    """The chart: a row per pod, its condition when it first broke, its condition over time; below, the available ones."""
    moments = [chart.started + (chart.ended - chart.started) * n / WIDTH for n in range(WIDTH + 1)]
    shown = chart.lanes[:LANES]
    names = max([len(lane.name) for lane in shown] + [len("available")])
    tags = max([len(lane.revision) for lane in shown] + [0])
    states = max([len(lane.then) for lane in shown] + [0])
    rows = [f"{lane.name:<{names}}  {lane.revision:<{tags}}  {lane.then:<{states}}  {_bar(lane, moments)}".rstrip() for lane in shown]
    if len(chart.lanes) > LANES:
        rows.append(f"and {len(chart.lanes) - LANES} more pods")
    rows.append(f"{'available':<{names}}  {'':<{tags}}  {f'bound {chart.bound}':<{states}}  {_counts(chart, moments)}")
    legend = f"{seconds(chart.ended, chart.started)}; █ available ░ not ready ▁ terminating · not there"
    rows.append(f"{'':<{names}}  {'':<{tags}}  {'':<{states}}  {legend}")
    return rows


def _bar(lane: Lane, moments: list[datetime]) -> str:
    cells = []
    for end in moments[1:]:
        state = ""
        for at, condition in lane.changes:
            if at <= end:
                state = condition
        cells.append(SYMBOLS[state])
    return "".join(cells)


def _counts(chart: Chart, moments: list[datetime]) -> str:
    """The lowest number in each column, so that no short drop is lost."""
    cells = []
    for start, end in pairwise(moments):
        before = [count for at, count in chart.counts if at <= start][-1:]
        inside = [count for at, count in chart.counts if start < at <= end]
        lowest = min(before + inside)
        cells.append(str(lowest) if lowest < 10 else "+")
    return "".join(cells)
