"""The part of a page that is made from the code, between two marks."""

from __future__ import annotations

from pathlib import Path

MARK = "<!-- {}: made by `python -m docs.generate` -->"
END = "<!-- end of {} -->"


def between(page: Path, what: str, made: str) -> str:
    """The page's text with the part between the marks of `what` made anew."""
    begin, end = MARK.format(what), END.format(what)
    head, rest = page.read_text(encoding="utf-8").split(begin)
    _, tail = rest.split(end)
    return f"{head}{begin}\n{made}{end}{tail}"
