"""The README's example is the one that runs, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import ROOT, sections

README = ROOT / "README.md"
EXAMPLE = ROOT / "example_suites" / "readme"
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
LINES = 25  # of manifest and test together: more is no first example


@pytest.mark.parametrize(("language", "file"), [("yaml", "web.yaml"), ("python", "test_web.py")])
def test_the_example_is_the_one_that_runs(language: str, file: str) -> None:
    blocks = [block.text for section in sections(README) for block in section.of(language)]
    assert blocks == [(EXAMPLE / file).read_text(encoding="utf-8")]


def test_the_example_is_short() -> None:
    lines = [line for path in EXAMPLE.iterdir() if path.is_file() for line in path.read_text(encoding="utf-8").splitlines() if line]
    assert len(lines) <= LINES


PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "example_suites").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
