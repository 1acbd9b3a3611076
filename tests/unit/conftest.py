"""The same examples in every run: a property that fails here fails everywhere."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("kworkload", derandomize=True, deadline=None)
settings.load_profile("kworkload")
