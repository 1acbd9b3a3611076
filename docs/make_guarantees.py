"""Writes docs/guarantees.md from the catalogue and from the tests that prove it: python docs/make_guarantees.py

Which test shows what is read from the tests themselves. A test with the fixture `pinned` calls a helper under pytest.raises:
there the helper fails, and the pinned text names the guarantee. In a test without the fixture the helper passes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest_kworkload
from pytest_kworkload.guarantees.catalogue import CATALOGUE

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests" / "cluster"
PAGE = ROOT / "docs" / "guarantees.md"
HELPERS = tuple(name for name in pytest_kworkload.__all__ if name.startswith("assert_"))

INTRODUCTION = """\
# The guarantees

What the helpers hold a workload against, which helper does it, and the tests of this repository that show both sides on a
real cluster: a workload that keeps the promise, and a workload on which the helper fails. The text of every such failure is
pinned in [tests/cluster/expected](../tests/cluster/expected). "Promised by" is where Kubernetes v1.37 makes the promise, in
its own repository.

Made by `python docs/make_guarantees.py`; a test holds it against the code.

"""


@dataclass
class Shown:
    """The tests on which a helper passes, those on which it fails, and the guarantees that the failures name."""

    passes: list[str] = field(default_factory=list)
    fails: list[str] = field(default_factory=list)
    guarantees: set[str] = field(default_factory=set)


def shown() -> dict[str, Shown]:
    found = {helper: Shown() for helper in HELPERS}
    for path in sorted(TESTS.glob("test_*.py")):
        for test in _tests(ast.parse(path.read_text(encoding="utf-8"))):
            pinned = any(argument.arg == "pinned" for argument in test.args.args)
            for helper in _helpers(_raising(test) if pinned else [test]):
                if pinned:
                    found[helper].fails.append(test.name)
                    found[helper].guarantees |= _named(test.name)
                else:
                    found[helper].passes.append(test.name)
    return found


def page() -> str:
    lines = ["| id | guarantee | helper | passes in | fails in | promised by |", "|---|---|---|---|---|---|"]
    every = shown()
    for guarantee in CATALOGUE.values():
        helpers = {name: one for name, one in every.items() if guarantee.id in one.guarantees}
        failing = [test for one in helpers.values() for test in one.fails if guarantee.id in _named(test)]
        lines.append(_row(f"`{guarantee.id}`", guarantee.says, helpers, failing, guarantee.source))
    for name, one in every.items():
        if not one.guarantees:
            lines.append(_row("(yours)", "what the test itself says", {name: one}, one.fails, "the test"))
    return INTRODUCTION + "\n".join(lines) + "\n"


def _row(id: str, says: str, helpers: Mapping[str, Shown], failing: Iterable[str], source: str) -> str:
    passing = [test for one in helpers.values() for test in one.passes]
    return f"| {' | '.join((id, says, _listed(helpers), _listed(passing), _listed(failing), source))} |"


def _tests(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def _raising(test: ast.FunctionDef) -> list[ast.AST]:
    """The `with pytest.raises(...)` statements of a test, the other managers of the same statement included."""
    return [node for node in ast.walk(test) if isinstance(node, ast.With) and "pytest.raises" in ast.unparse(node.items[0])]


def _helpers(nodes: list[ast.AST]) -> list[str]:
    """The helpers that are called in these nodes, each once."""
    calls = [node.func.id for top in nodes for node in ast.walk(top) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [name for name in dict.fromkeys(calls) if name in HELPERS]


def _named(test: str) -> set[str]:
    """The guarantees of the catalogue that the pinned texts of a test name: such a text begins with one."""
    texts = [TESTS / "expected" / f"{test}.txt", *sorted((TESTS / "expected").glob(f"{test}[[]*.txt"))]
    first = {path.read_text(encoding="utf-8").partition(":")[0] for path in texts if path.exists()}
    return first & set(CATALOGUE)


def _listed(names: Iterable[str]) -> str:
    return "<br>".join(f"`{name}`" for name in dict.fromkeys(names))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
