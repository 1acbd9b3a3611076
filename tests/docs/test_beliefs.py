"""What is often said and is not quite so: the tests that the page names are there."""

from __future__ import annotations

import ast
import re

from .pages import ROOT

PAGE = (ROOT / "docs" / "beliefs.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| said")]


def test_every_test_that_is_named_is_there() -> None:
    paths = [*(ROOT / "example_suites").rglob("test_*.py"), *(ROOT / "tests" / "cluster").glob("test_*.py")]
    there = {
        (path.name, node.name)
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert set(NAMED) - there == set()


def test_every_belief_is_shown_or_the_reason_is_told() -> None:
    assert len(ROWS) >= 10
    assert [
        row for row in ROWS if not re.search(r"\| (`test_\w+\.py::test_\w+`(<br>)?)+ \|$|\| (nothing|Kubernetes' own tests).*\|$", row)
    ] == []
