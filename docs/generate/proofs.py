"""Which test shows what, read from the tests themselves.

A test with the fixture `pinned` calls a helper under pytest.raises: there the helper fails, and the pinned text names the guarantee. In
a test without the fixture the helper passes.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest_kworkload
from pytest_kworkload.guarantees.catalogue import BY_SUBJECT, CATALOGUE
from tests.mutants.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "cluster"
HELPERS = tuple(name for name in pytest_kworkload.__all__ if name.startswith("assert_"))
PRIMITIVES = ("assert_throughout", "assert_eventually", "assert_consistently")  # what they hold a workload against is the user's

_GUARANTEE = re.compile(r"\bGuarantee: ([a-z0-9, -]+)\.$", re.MULTILINE)


@dataclass
class Shown:
    """The tests on which a helper passes, those on which it fails, and the guarantees that the failures name."""

    passes: list[str] = field(default_factory=list)
    fails: list[str] = field(default_factory=list)
    guarantees: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Needs:
    """What a test's marker asks of the cluster."""

    nodes: int = 1
    capabilities: frozenset[str] = frozenset()


def subject_of(helper: str) -> str:
    """The package or module of `assertions` that a helper is defined in; `your own` for the primitives."""
    public: Any = getattr(pytest_kworkload, helper)
    return "your own" if helper in PRIMITIVES else str(public.__module__.split(".")[2])


def by_subject() -> dict[str, list[str]]:
    """The helpers of each subject, in the order of the catalogue."""
    order = list(CATALOGUE)
    first = {helper: order.index(names[0]) if names else len(order) for helper, names in guarantees().items()}
    ordered = sorted(HELPERS, key=lambda helper: first[helper])
    subjects = [*BY_SUBJECT, "your own"]
    return {subject: [one for one in ordered if subject_of(one) == subject] for subject in subjects}


@cache
def files() -> dict[str, Path]:
    """The file of each test, relative to the repository."""
    return {
        node.name: path.relative_to(ROOT)
        for path in sorted(TESTS.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def tests_of(helper: str, names: list[str]) -> list[str]:
    """Those of these tests that stand under the helper's subject, if there are any."""
    own = [one for one in dict.fromkeys(names) if subject_of(helper) in files()[one].parts]
    return own or list(dict.fromkeys(names))


@cache
def shown() -> dict[str, Shown]:
    found = {helper: Shown() for helper in HELPERS}
    for test in _tests():
        pinned = any(argument.arg == "pinned" for argument in test.args.args)
        for helper in _failing(test) if pinned else _passing(test):
            if pinned:
                found[helper].fails.append(test.name)
                found[helper].guarantees |= named(test.name)
            else:
                found[helper].passes.append(test.name)
    return found


@cache
def guarantees() -> dict[str, tuple[str, ...]]:
    """The guarantees that each helper's docstring names: those that its failures print."""
    found = {}
    for helper in HELPERS:
        named = _GUARANTEE.search(inspect.getdoc(getattr(pytest_kworkload, helper)) or "")
        found[helper] = tuple(named[1].split(", ")) if named else ()
    return found


@cache
def mutants() -> dict[str, list[str]]:
    """The mutants that each helper has to catch, by what is changed in them."""
    found: dict[str, list[str]] = {}
    for scenario in SCENARIOS:
        found.setdefault(scenario.helper, []).extend(one.name for one in scenario.mutants)
    return found


def _tests() -> Iterator[ast.FunctionDef]:
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node


def _raising(test: ast.FunctionDef) -> list[ast.With]:
    """The `with pytest.raises(...)` statements of a test."""
    return [node for node in ast.walk(test) if isinstance(node, ast.With) and "pytest.raises" in ast.unparse(node.items[0])]


def _failing(test: ast.FunctionDef) -> list[str]:
    """The helpers that fail in a test: those of the same `with` as pytest.raises, else those that are called in it."""
    return _helpers(item for node in _raising(test) for item in node.items) or _helpers(_raising(test))


def _passing(test: ast.FunctionDef) -> list[str]:
    return _helpers([test])


def _helpers(nodes: Iterable[ast.AST]) -> list[str]:
    """The helpers that are called in these nodes, each once."""
    calls = [node.func.id for top in nodes for node in ast.walk(top) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [name for name in dict.fromkeys(calls) if name in HELPERS]


@cache
def named(test: str) -> set[str]:
    """The guarantees of the catalogue that the pinned texts of a test name: such a text begins with one."""
    texts = [*TESTS.glob(f"expected/**/{test}.txt"), *TESTS.glob(f"expected/**/{test}[[]*.txt")]
    first = {path.read_text(encoding="utf-8").partition(":")[0] for path in texts}
    return first & set(CATALOGUE)


@cache
def needs() -> dict[str, Needs]:
    """The markers of the tests: on a test, on its class, under a name in its module."""
    found: dict[str, Needs] = {}

    def visit(node: ast.AST, markers: tuple[ast.expr, ...], named: Mapping[str, ast.expr]) -> None:
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.ClassDef | ast.FunctionDef):
                above = (*markers, *(named.get(ast.unparse(mark), mark) for mark in one.decorator_list))
                if one.name.startswith("test_"):
                    found[one.name] = _asked(above)
                visit(one, above, named)

    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
        visit(tree, (named["pytestmark"],) if "pytestmark" in named else (), named)
    return found


def _asked(markers: Iterable[ast.expr]) -> Needs:
    calls = [node for mark in markers for node in ast.walk(mark) if isinstance(node, ast.Call)]
    given = [one for call in calls if ast.unparse(call.func) == "pytest.mark.kworkload" for one in call.keywords]
    values = {str(one.arg): ast.literal_eval(one.value) for one in given}
    return Needs(values.get("nodes", 1), frozenset(values.get("needs", ())))


def least(needs: list[Needs]) -> list[str]:
    """What none of these can do without."""
    nodes = min((one.nodes for one in needs), default=1)
    capabilities = sorted(frozenset.intersection(*(one.capabilities for one in needs))) if needs else []
    return [*([f"{nodes} nodes"] if nodes > 1 else []), *(f"`{one}`" for one in capabilities)]
