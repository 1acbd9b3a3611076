"""The guide quotes suites that run, and names everything that is public."""

from __future__ import annotations

import re

import pytest

import pytest_kworkload
from pytest_kworkload.providers.capabilities import NEEDS
from pytest_kworkload.providers.offers import Offer, offers
from pytest_kworkload.providers.registry import known
from pytest_kworkload.settings import Settings

from .pages import ROOT, sections

SECTIONS = sections(ROOT / "docs" / "guide.md")
SOURCES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "example_suites").rglob("test_*.py"))]


@pytest.mark.parametrize("snippet", [block.text for section in SECTIONS for block in section.of("python")])
def test_a_snippet_is_taken_from_a_suite(snippet: str) -> None:
    assert any(snippet in source for source in SOURCES)


def test_the_table_of_needs() -> None:
    def has(offer: Offer, need: str) -> str:
        return "yes" if need in offer.has else "asked" if need in offer.maybe else "no"

    every = offers(known(), Settings()).values()
    rows = [f"| `{need}` | {means} | {' | '.join(has(one, need) for one in every)} |\n" for need, means in NEEDS.items()]
    table = f"| need | means | {' | '.join(known())} |\n|---|---|{'---|' * len(known())}\n{''.join(rows)}"
    assert table in (ROOT / "docs" / "guide.md").read_text(encoding="utf-8"), f"the table in docs/guide.md must read:\n{table}"


@pytest.mark.parametrize("name", pytest_kworkload.__all__)
def test_every_public_name_is_told_of(name: str) -> None:
    pages = [ROOT / "docs" / "guide.md", *(ROOT / "docs" / "reference").glob("*.md")]
    assert any(re.search(rf"\b{name}\b", page.read_text(encoding="utf-8")) for page in pages)
