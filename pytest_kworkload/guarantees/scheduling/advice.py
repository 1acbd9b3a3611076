"""Why a pod could be placed where its template's constraints forbid it."""

from __future__ import annotations

from ...history.model import Object
from ..judging import Advice
from ..vacuous import names_its_node


def placed_in_spite(template: Object, missing: str = "") -> Advice:
    """`missing` is the change with which a constraint binds the scheduler; empty if one does."""
    if past := names_its_node(template):
        return Advice(*past)
    return Advice(change=missing) if missing else Advice(check="find what, other than the scheduler, places these pods")
