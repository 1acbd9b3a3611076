"""Absolute numbers and percentages, rounded as each controller rounds them."""

from __future__ import annotations

import re
from typing import Literal

_PERCENT = re.compile(r"([0-9]+)%")


def scaled(value: int | str, total: int, rounding: Literal["up", "down"]) -> int:
    """An IntOrString ("25%" or 3) of a total."""
    if isinstance(value, int):
        return value
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is neither a whole number nor a percentage such as '25%'")
    product = int(match[1]) * total
    return -(-product // 100) if rounding == "up" else product // 100


def rolling_bounds(max_unavailable: int | str, max_surge: int | str, replicas: int) -> tuple[int, int]:
    """(unavailable, surge) of a Deployment: the first rounds down, the second up; both 0 means that one may be unavailable."""
    unavailable, surge = scaled(max_unavailable, replicas, "down"), scaled(max_surge, replicas, "up")
    if unavailable == 0 and surge == 0:
        unavailable = 1
    return min(unavailable, replicas), surge


def required(min_available: int | str, replicas: int) -> int:
    """What a user asks for; a percentage rounds up, as a PodDisruptionBudget's does."""
    return scaled(min_available, replicas, "up")
