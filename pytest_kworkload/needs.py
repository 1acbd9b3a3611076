"""Which tests the chosen provider can run: the others are skipped, with the reason, before any part of them has begun."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from .errors import KworkloadError, SettingsError
from .markers import Asked
from .providers.capabilities import ALONE, NEEDS, lacking, unknown
from .session import providers, session_of
from .settings import DEFAULT_PROVIDER

if TYPE_CHECKING:
    from .providers.offers import Offer
    from .providers.survey import Surveyed


def check_declared(have: tuple[str, ...]) -> None:
    """Raise SettingsError for what a user cannot declare."""
    for need in have:
        if need not in NEEDS:
            raise SettingsError(f"--kworkload-have={need}", *unknown(need))
        if need in ALONE:
            raise SettingsError(
                f"--kworkload-have={need}",
                "a cluster does not have it by itself: its provider must be able to do it, and to revert it",
                f"leave it out; you can declare {', '.join(one for one in NEEDS if one not in ALONE)}",
            )


def offers(config: pytest.Config) -> dict[str, Offer]:
    """What each provider has, by its name. Raises SettingsError."""
    from .providers.offers import offers

    return offers(providers(config), session_of(config).settings)


def surveyed(config: pytest.Config) -> Surveyed | None:
    """The chosen provider, if its clusters already exist. Raises SettingsError."""
    name = session_of(config).settings.provider
    if name == DEFAULT_PROVIDER:
        return None
    from .providers.survey import Surveyed

    provider = providers(config).get(name)
    return provider if isinstance(provider, Surveyed) else None


def skip_lacking(config: pytest.Config, every: Mapping[pytest.Item, Asked]) -> None:
    """By what the providers say about themselves. Raises SettingsError."""
    if any(mine.needs for mine in every.values()):
        there = offers(config)
        provider = there.get(session_of(config).settings.provider)  # the first test that needs a cluster reports an unknown one
        for item, mine in every.items():
            _skip(item, lacking(mine.needs, provider, there.values()) if provider else None)


def skip_after_a_look(config: pytest.Config, every: Mapping[pytest.Item, Asked]) -> None:
    """By what an existing cluster turns out to have."""
    provider = surveyed(config) if every else None
    if provider is not None:
        from .providers.offers import missing

        with contextlib.suppress(KworkloadError):  # the first test that needs a cluster reports it
            survey = provider.survey(session_of(config).settings)
            there = offers(config).values()
            for item, mine in every.items():
                _skip(item, missing(survey, mine.nodes, mine.needs, there))


def _skip(item: pytest.Item, reason: str | None) -> None:
    if reason:
        item.add_marker(pytest.mark.skip(reason=reason))
