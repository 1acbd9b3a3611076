"""The page about providers says what the code does."""

from __future__ import annotations

import re

from pytest_kworkload.kube.versions import OLDEST
from pytest_kworkload.providers import rights
from pytest_kworkload.providers.existing import Existing

from .pages import ROOT, sections

PAGE = ROOT / "docs" / "providers.md"


def test_the_role_is_the_whole_of_the_rights() -> None:
    section = next(one for one in sections(PAGE) if one.heading == "Rights")
    assert section.of("yaml")[0].text == rights.role(rights.EVERYTHING, "USER") + "\n"


def test_the_table_names_all_that_is_found_out() -> None:
    section = next(one for one in sections(PAGE) if one.heading == "What is found out")
    rows = [line.split("|")[1] for line in section.prose if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([\w:]+)`", row)} == Existing.detected


def test_the_oldest_version_is_the_one_that_is_refused() -> None:
    assert f"| before {OLDEST[0]}.{OLDEST[1]} | refused" in PAGE.read_text(encoding="utf-8")
