"""What a run may have left behind that was killed, and what was kept on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

UNUSED = "it was kept, and nobody uses it"
TO_START = 10.0  # seconds: more than anybody needs between making a cluster's directory and starting its program in it


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of ours that no run needs any more.

    `what` it is, since when it is there (seconds since the epoch), `why` it is known to be left, and how it is deleted: `delete`
    returns what is still to happen then, if anything is.
    """

    what: str
    since: float
    why: str
    delete: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Untouched:
    """Something that is or may be ours, of which a sweep can only tell: `what` it is, and `why` it stays."""

    what: str
    why: str
