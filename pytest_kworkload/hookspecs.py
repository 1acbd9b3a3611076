"""Hooks that this plugin calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .providers.provider import Provider


@pytest.hookspec
def pytest_kworkload_make_provider(config: pytest.Config) -> Provider | None:
    """Return a provider of your own; `--kworkload-provider` selects it by its name."""
