"""What a run may have left behind that was killed, and what was kept on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of ours that no run needs any more.

    `what` it is, since when it is there (seconds since the epoch), `why` it is known to be left, and how it is deleted.
    """

    what: str
    since: float
    why: str
    delete: Callable[[], None]
