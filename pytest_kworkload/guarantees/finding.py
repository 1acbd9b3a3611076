"""What a check found: the terms, every breach with its moment, and what may be done. The text is made by `explain`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .catalogue import Guarantee


@dataclass(frozen=True, slots=True)
class Lane:
    """One pod's way through the window: each change of its condition, and its condition at the moment of the breach."""

    name: str
    revision: str
    changes: tuple[tuple[datetime, str], ...]
    then: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """The pods over time; `counts` is the number of those that are `counted` after each change, `bound` what it was held against."""

    lanes: tuple[Lane, ...]
    counts: tuple[tuple[datetime, int], ...]
    bound: int
    started: datetime
    ended: datetime
    counted: str = "available"


@dataclass(frozen=True, slots=True)
class Breach:
    """One way or one stretch of time in which the promise was broken. `until` None: to the end of the window."""

    what: str
    at: datetime | None = None
    until: datetime | None = None
    lines: tuple[str, ...] = ()  # the objects that prove it, by name and state


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. It holds if there is neither a breach nor a reason why it was vacuous.

    `change` names a field and the value that it needs. What is no change of a field is in `check`: what to find out, or, for a
    vacuous finding, what to do in the test. `look` are the kinds of object that a reader will want to see, the one that broke first.
    """

    guarantee: Guarantee
    subject: str
    terms: tuple[str, ...] = ()
    breaches: tuple[Breach, ...] = ()
    vacuous: str = ""
    cause: str = ""
    change: str = ""
    check: str = ""
    trigger: datetime | None = None  # what the moments of breaches are counted from
    since: str = "the trigger"  # what that moment is called
    chart: Chart | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    look: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.breaches and not self.vacuous
