"""The stretches of time in which too few pods were available."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...objects.availability import Moment
from ..finding import Breach


def stretches_below(every: Sequence[Moment], bound: int, counted: str = "available") -> Iterator[Breach]:
    """Each stretch below the bound, with the number at its first moment, which the chart and the cause are about, and the lowest."""
    stretch: list[Moment] = []
    for moment in every:
        if moment.available < bound:
            stretch.append(moment)
        elif stretch:
            yield Breach(_fewer(stretch, counted), stretch[0].at, moment.at)
            stretch = []
    if stretch:
        yield Breach(f"{_fewer(stretch, counted)}, until the end", stretch[0].at)


def _fewer(stretch: Sequence[Moment], counted: str) -> str:
    first, lowest = stretch[0].available, min(one.available for one in stretch)
    return f"{first} {counted}" if first == lowest else f"{first}, then {lowest} {counted}"
