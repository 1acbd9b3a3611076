"""For all tests of this repository."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_image_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The clusters of the tests unpack images here, and not among those of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
