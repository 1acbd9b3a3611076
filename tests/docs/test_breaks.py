"""Every change that a page tells its reader to make breaks what the page says that it breaks.

To take new texts into the pages, run with ``KWORKLOAD_ACCEPT_TEXTS=1`` and read the diff.
"""

from __future__ import annotations

import os
import re
import shutil
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .pages import ROOT, Section, apply, replace, sections, shape

PAGES = {"README.md": "example_suites/readme", "example_suites/guarantees/README.md": "example_suites/guarantees"}


def breaks() -> list[tuple[Path, Path, Section]]:
    """The page, the suite and the section of each change."""
    return [
        (ROOT / page, ROOT / suite, section) for page, suite in PAGES.items() for section in sections(ROOT / page) if section.of("diff")
    ]


def error_of(case: ElementTree.Element) -> str:
    """The error's own text out of the report of a test: the lines that pytest marks with E."""
    failure = case.find("failure")
    report = "" if failure is None else failure.text or ""
    return textwrap.dedent("".join(f"{line[1:]}\n" for line in report.splitlines() if line.startswith("E ")))


@pytest.mark.parametrize("change", breaks(), ids=lambda change: change[2].heading)
def test_a_change_can_be_made(change: tuple[Path, Path, Section], tmp_path: Path) -> None:
    _, suite, section = change
    shutil.copytree(suite, tmp_path / "suite", ignore=shutil.ignore_patterns("__pycache__"))
    for diff in section.of("diff"):
        apply(diff, tmp_path / "suite")


@pytest.mark.cluster
@pytest.mark.slow  # as many tests as changes, one after the other
def test_every_change_breaks_what_the_page_says(pytester: pytest.Pytester) -> None:
    every = breaks()
    asked = []
    for n, (_, suite, section) in enumerate(every):
        folder = pytester.path / f"change_{n}"
        shutil.copytree(suite, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for diff in section.of("diff"):
            apply(diff, folder)
        asked.append(f"{folder.name}/{section.verdict[0]}")

    pytester.runpytest_subprocess("--import-mode=importlib", "--junitxml=report.xml", *asked)

    messages = [error_of(case) for case in ElementTree.parse(pytester.path / "report.xml").iter("testcase")]
    assert [text.split(": ")[:2] for text in messages] == [
        ["pytest_kworkload.GuaranteeViolated", section.verdict[1]] for _, _, section in every
    ]
    for (page, _, section), text in zip(every, messages, strict=True):
        for shown in section.of("text"):
            if os.environ.get("KWORKLOAD_ACCEPT_TEXTS"):
                replace(page, shown, re.sub(r"--kubeconfig \S+", "--kubeconfig KUBECONFIG", text))
                continue
            assert shape(shown.text) == shape(text), f"{section.heading}: it reads now:\n{text}"
