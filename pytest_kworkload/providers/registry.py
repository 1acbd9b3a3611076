"""Providers by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from ..errors import SettingsError
from ..settings import Settings
from .base import Provider
from .embedded import Embedded
from .existing import Existing
from .kind import Kind


def known(settings: Settings | None = None, *, workers: int = 1) -> dict[str, Provider]:
    """Ours by their names, as these settings allow them, for a run with so many workers."""
    ours: tuple[Provider, ...] = (Embedded(), Existing(settings or Settings(), workers), Kind())
    return {one.name: one for one in ours}


def choose(name: str, known: Mapping[str, Provider]) -> Provider:
    """The provider of this name. Raises SettingsError, listing what there is."""
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    raise SettingsError(
        f"provider {name!r}",
        f"there is no such provider; there: {', '.join(sorted(known))}",
        f"did you mean {near[0]}?" if near else "name one of these, or register yours with the hook pytest_kworkload_make_provider",
    )
