"""What a killed run may have left behind, and what was kept on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

UNUSED = "it was kept, and nobody uses it"
TO_START = 10.0  # seconds: more than anybody needs between making a cluster's directory and starting its program in it


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that we made and no run needs any more.

    `what` it is, `since` when it exists (seconds since the epoch), `why` it is known to be left over, and how to `delete` it, which
    returns what still has to happen afterwards, if anything.
    """

    what: str
    since: float
    why: str
    delete: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Untouched:
    """Something that is or may be ours, which a sweep can only report: `what` it is, and `why` it stays."""

    what: str
    why: str
