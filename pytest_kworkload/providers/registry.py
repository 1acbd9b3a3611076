"""Providers by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Set
from typing import Any

from ..errors import SettingsError
from ..settings import Settings
from .capabilities import NEEDS, unknown
from .embedded.provider import Embedded
from .existing.provider import Existing
from .kind.provider import Kind
from .provider import Provider


def known(settings: Settings | None = None, *, workers: int = 1) -> dict[str, Provider]:
    """Ours by their names, as these settings allow them, for a run with this many workers."""
    ours: tuple[Provider, ...] = (Embedded(), Existing(settings or Settings(), workers), Kind())
    return {one.name: one for one in ours}


def choose(name: str, known: Mapping[str, Provider]) -> Provider:
    """The provider of this name. Raises SettingsError, which lists the providers."""
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    raise SettingsError(
        f"provider {name!r}",
        f"there is no such provider; the providers are {', '.join(sorted(known))}",
        f"did you mean {near[0]}?" if near else "name one of these, or register yours with the hook pytest_kworkload_make_provider",
    )


def checked(brought: Any) -> Provider:
    """A provider that a hook returned. Raises SettingsError if it is not one."""
    what = f"the hook pytest_kworkload_make_provider returned {brought!r}"
    name, capabilities = getattr(brought, "name", None), getattr(brought, "capabilities", None)
    if not isinstance(name, str) or not callable(getattr(brought, "start", None)):
        raise SettingsError(what, "a provider must have a name, capabilities and start", "return one such object, or None")
    if not isinstance(capabilities, Set):
        raise SettingsError(
            what, f"its capabilities must be a frozenset of names, not {capabilities!r}", 'write frozenset({"nodes:read", "network:dns"})'
        )
    for one in capabilities:
        if one not in NEEDS:
            raise SettingsError(f"{what}, with the capability {one!r}", *unknown(str(one)))
    provider: Provider = brought
    return provider
