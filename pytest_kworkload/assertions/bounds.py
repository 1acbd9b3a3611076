"""Bounds that the user states: refused at the call if they are none."""

from __future__ import annotations

from ..errors import KworkloadError
from ..objects.numbers import scaled


def checked(name: str, value: int | str | None, do: str) -> None:
    """Raise KworkloadError for what is neither a number nor a percentage. None: nothing is asked for."""
    if value is None:
        return
    try:
        scaled(value, 1, "up")
    except ValueError as error:
        raise KworkloadError(f"{name}={value!r}", str(error), do) from None
