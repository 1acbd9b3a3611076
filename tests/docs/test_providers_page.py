"""The page about providers says what the code does."""

from __future__ import annotations

import re
import tomllib

from packaging.requirements import Requirement

from pytest_kworkload.kube.versions import OLDEST
from pytest_kworkload.providers.existing import rights
from pytest_kworkload.providers.existing.provider import Existing
from tests.unit.kube.recorded.tape import Tape, tapes

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


def versions() -> list[str]:
    return next(one for one in sections(PAGE) if one.heading == "Versions").prose


def test_every_recorded_minor_is_told_and_no_other() -> None:
    told = {
        minor
        for line in versions()
        if line.startswith("| 1.") and "recorded" in line
        for minor in re.findall(r"1\.\d+", line.split("|")[1])
    }
    assert told == {Tape.read(path).minor for path in tapes()}


def test_the_client_may_be_what_was_tried() -> None:
    """`make clients` takes the same range from the same line."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    client = next(one for one in map(Requirement, project["dependencies"]) if one.name == "kubernetes")
    text = " ".join(versions())
    tried = re.findall(r"\b(\d\d)\.\d+\.\d+", text[text.index("It was run with") :])
    first, last = int(tried[0]), int(tried[-1])
    assert [int(one) for one in tried] == list(range(first, last + 1))
    assert str(client.specifier) == f"<{last + 1},>={first}"
    assert f"`kubernetes` may be {', '.join(tried[:-1])} or {last}" in text
