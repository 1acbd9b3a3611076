"""Which value of a budget's field requires how many healthy pods."""

from __future__ import annotations

from ...history.model import Object
from ...objects.budgets import bound, bound_text
from ...objects.numbers import scaled


def requiring(budget: Object, expected: int, needed: int) -> str:
    """The field and the value with which `needed` of the `expected` pods must stay healthy."""
    field, raw = bound(budget)
    part = needed if field == "minAvailable" else expected - needed
    value: int | str | None = part if part >= 0 else None
    if isinstance(raw, str):
        value = next((f"{n}%" for n in range(100, -1, -1) if scaled(f"{n}%", expected, "up") == part), None)
    if value is None:
        return f"spec.minAvailable: {needed} (now {bound_text(budget)})"
    return f"spec.{field}: {value} (now {raw})"


def letting_one_go(budget: Object, expected: int, healthy: int) -> str:
    """The field and the value with which one of the `healthy` pods may be evicted; with a whole number more replicas help too."""
    field, raw = bound(budget)
    more = f"; or spec.replicas: more than {raw}" if field == "minAvailable" and isinstance(raw, int) else ""
    return requiring(budget, expected, healthy - 1) + more
