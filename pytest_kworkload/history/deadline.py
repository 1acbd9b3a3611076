"""One time budget for everything that a wait does."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock; nested waits share it, so that together they stay within the budget."""

    seconds: float
    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The deadline this many seconds from now; one in the past is now."""
        seconds = max(0.0, seconds)
        return cls(seconds, time.monotonic() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at - time.monotonic())

    @property
    def elapsed(self) -> float:
        """Seconds used, never above the budget."""
        return self.seconds - self.remaining

    @property
    def expired(self) -> bool:
        return self.remaining == 0.0

    def within(self, seconds: float) -> Deadline:
        """A deadline at most this many seconds from now, and never after this one."""
        return self if seconds >= self.remaining else Deadline.after(seconds)
