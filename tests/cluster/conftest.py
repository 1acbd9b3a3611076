"""Tests on a real cluster, each with the text of its failure pinned.

What varies from run to run (names of pods, times, the bars of a chart) is replaced before the comparison; the drawing of bars
is pinned by unit tests. To accept new texts, run with ``KWORKLOAD_ACCEPT_TEXTS=1`` and read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .pinned import Pinned, normalised

EXPECTED = Path(__file__).parent / "expected"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture
def pinned(request: pytest.FixtureRequest) -> Pinned:
    """Compares an error's text with the one that is committed for this test."""

    def compare(error: BaseException) -> None:
        path = EXPECTED / request.path.parent.relative_to(EXPECTED.parent) / f"{request.node.name}.txt"
        text = normalised(str(error))
        if os.environ.get("KWORKLOAD_ACCEPT_TEXTS"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"no text is pinned for this failure; it reads:\n{text}"
        assert text == path.read_text(encoding="utf-8")

    return compare
