"""Our errors say in their text what happened, so a failure shows only the user's own lines."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .errors import KworkloadError, Unproven

if TYPE_CHECKING:
    import pytest

_OURS = Path(__file__).parent
_INSTALLED = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def shorten(error: BaseException) -> bool:
    """Cut the tracebacks of our errors, in this error and its causes, down to the user's frames; whether there was one of ours.

    The exceptions themselves are changed, not how they are printed, so that every traceback style, exception groups and the
    debugger agree. An error without a frame of the user keeps its traceback.
    """
    found = False
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if _ours(one):
            found = True
            one.__traceback__ = _users(one.__traceback__) or one.__traceback__
            if one.__cause__ is not None:
                one.__cause__ = None  # what a library told us is in our text
        if isinstance(one, BaseExceptionGroup):
            pending += one.exceptions
        pending += [one.__cause__] if one.__suppress_context__ else [one.__cause__, one.__context__]
    return found


def nowhere(error: BaseException) -> bool:
    """Whether it is one of our errors to which no line of the user led: one of our fixtures raised it."""
    return _ours(error) and _users(error.__traceback__) is None


def text(excinfo: pytest.ExceptionInfo[BaseException], item: pytest.Item, told: set[str]) -> Any:
    """What a report shows for an error without a traceback: its text, in full only if it was not shown before."""
    shown = excinfo.getrepr(style="value", chain=False)
    lines = str(excinfo.value).splitlines()
    if excinfo.exconly() in told:
        lines = [lines[0], "  (told in full above)"]
    told.add(excinfo.exconly())
    shown.reprtraceback.reprentries[0].lines = lines
    if shown.reprcrash is not None:
        path, line, _ = item.location
        shown.reprcrash.path, shown.reprcrash.lineno = path, (line or 0) + 1
    return shown


def _ours(error: BaseException) -> bool:
    return isinstance(error, KworkloadError | Unproven)


def _users(trace: TracebackType | None) -> TracebackType | None:
    """The frames of a traceback that belong neither to this package nor to any installed one."""
    frames = []
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if not any(one in path.parents for one in (_OURS, *_INSTALLED)):
            frames.append(trace)
        trace = trace.tb_next
    kept = None
    for one in reversed(frames):
        kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept
