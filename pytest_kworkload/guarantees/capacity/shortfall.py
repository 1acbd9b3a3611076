"""Capacity that was missing during an update: the stretches of time, why, and the chart. For workloads whose pods have places
(ordinals, nodes) and are replaced one place at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ...history.model import History, Object
from ...objects.availability import Moment
from ..finding import Breach, Chart
from ..judging import Advice
from .advice import advice_on
from .causes import losses
from .lanes import chart


@dataclass(frozen=True)
class Shortfall:
    """The moments of a window, the places without an available pod in each, and how many may be so."""

    every: Sequence[Moment]
    missing: Sequence[Sequence[str]]
    places: int
    bound: int

    @property
    def highest(self) -> int:
        return max(map(len, self.missing))

    @cached_property
    def broke(self) -> Moment | None:
        """The first moment above the bound."""
        return next((moment for moment, places in zip(self.every, self.missing, strict=True) if len(places) > self.bound), None)

    def breaches(self) -> Iterator[Breach]:
        """The stretches above the bound, each with what was missing at its first moment, which the cause is about, and the most."""
        stretch: list[tuple[Moment, Sequence[str]]] = []
        for moment, places in zip(self.every, self.missing, strict=True):
            if len(places) > self.bound:
                stretch.append((moment, places))
            elif stretch:
                yield Breach(self._described(stretch), stretch[0][0].at, moment.at)
                stretch = []
        if stretch:
            yield Breach(f"{self._described(stretch)}, until the end", stretch[0][0].at)

    def _described(self, stretch: Sequence[tuple[Moment, Sequence[str]]]) -> str:
        first, most = stretch[0][1], max(len(places) for _, places in stretch)
        text = f"{len(first)} of {self.places} without an available pod: {', '.join(first)}"
        return text if most == len(first) else f"{text}; then {most}"

    def advice(self, history: History, workload: Object) -> Advice:
        """The cause of the first breach and what prevents it; empty if nothing was missing."""
        if self.broke is None:
            return Advice()
        kept = self.places - self.bound
        return advice_on(losses(history, self.every, self.broke, self.places), workload, kept, self.places)

    def chart(self, history: History, tag: Callable[[Object], str]) -> Chart | None:
        """None if nothing was missing: then it shows nothing."""
        if self.broke is None:
            return None
        drawn = chart(history, self.every, self.places - self.bound, self.broke, tag)
        counts = tuple((moment.at, self.places - len(places)) for moment, places in zip(self.every, self.missing, strict=True))
        return replace(drawn, counts=counts)
