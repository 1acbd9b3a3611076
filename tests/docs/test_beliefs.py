"""What is often said and is not quite so: the tests that the page names are there."""

from __future__ import annotations

import ast
import re

from .pages import ROOT

PAGE = (ROOT / "docs" / "beliefs.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(test_\w+)`", PAGE))
SHOWN = re.findall(r"^Shown by: (.+)$", PAGE, re.MULTILINE)


def test_every_test_that_is_named_is_there() -> None:
    paths = [*(ROOT / "example_suites").rglob("test_*.py"), *(ROOT / "tests" / "cluster").rglob("test_*.py")]
    there = {
        node.name for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }
    assert NAMED - there == set()


def test_every_belief_is_shown_or_the_reason_is_told() -> None:
    assert len(SHOWN) == len(re.findall(r"^## ", PAGE, re.MULTILINE)) >= 10
    assert [one for one in SHOWN if not re.fullmatch(r"(`test_\w+`(, )?)+|nothing.*|Kubernetes' own tests", one)] == []
