"""Writes docs/guarantees.md from the catalogue, the helpers and the tests that prove them: python docs/make_guarantees.py

Which test shows what is read from the tests themselves. A test with the fixture `pinned` calls a helper under pytest.raises:
there the helper fails, and the pinned text names the guarantee. In a test without the fixture the helper passes.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # for the mutants, which are Python

import pytest_kworkload  # noqa: E402
from pytest_kworkload.guarantees.catalogue import CATALOGUE  # noqa: E402
from tests.mutants.scenarios import SCENARIOS  # noqa: E402

TESTS = ROOT / "tests" / "cluster"
PAGE = ROOT / "docs" / "guarantees.md"
HELPERS = tuple(name for name in pytest_kworkload.__all__ if name.startswith("assert_"))

INTRODUCTION = """\
# The guarantees

What the helpers hold a workload against, which helper does it, and the tests of this repository that show both sides on a
real cluster: a workload that keeps the promise, and a workload on which the helper fails. The text of every such failure is
pinned in [tests/cluster/expected](../tests/cluster/expected). "Promised by" is where Kubernetes v1.37 makes the promise, in
its own repository. "Needs" is what both sides cannot be shown without (see [the guide](guide.md#fixtures-and-the-marker)).

Made by `python docs/make_guarantees.py`; a test holds it against the code.

"""
MUTANTS = """
## What each helper catches

For each helper there is a good workload on which it passes, and mutants of it: one field changed, or one thing done
differently. `make mutants` runs them all; a mutant counts as caught when the helper fails with the expected guarantee and names
the field. The promises are those of the next table.

"""
ROWS = """
## What Kubernetes promises

One promise a line, and the helper that holds a workload against it.

"""
WEAKER = """
## Where Kubernetes' own tests look away

Some of Kubernetes' end-to-end tests pass although the promise was broken. For each of these there is a history, made by hand,
that such a test would pass and that our check fails ([tests/unit/guarantees](../tests/unit/guarantees)).

"""
LOOKS_AWAY = (
    ("test/utils/deployment.go", "looks every 2 seconds, at sizes and status", "test_upstream_would_pass_a_drop_between_two_polls"),
    (
        "test/e2e/apps/deployment.go",
        "judges Recreate by the Deployment's status, which does not count terminating pods",
        "test_upstream_would_pass_a_new_pod_beside_a_terminating_one",
    ),
    (
        "test/e2e/apps/statefulset.go",
        "looks for names in the order of creation, whatever state the lower replicas are in",
        "test_upstream_would_pass_the_order_of_names_without_waiting",
    ),
    (
        "test/e2e/apps/statefulset.go",
        "only logs that a set in policy Parallel has not so many pods",
        "test_upstream_would_pass_a_burst_that_waited",
    ),
    (
        "test/e2e/apps/wait.go",
        "counts a replica that terminates, and is still Ready, as available",
        "test_upstream_would_pass_a_terminating_pod_that_is_still_ready",
    ),
    ("test/e2e/apps/wait.go", "skips the moments in which replicas are missing", "test_upstream_would_pass_while_pods_are_missing"),
    (
        "test/e2e/apps/daemon_set.go",
        "counts daemon pods that terminate as available",
        "test_upstream_would_pass_terminating_pods_that_are_still_ready",
    ),
    ("test/e2e/apps/daemon_set.go", "does not see a node without a pod", "test_upstream_would_pass_nodes_without_a_pod"),
    (
        "test/e2e/framework/daemonset",
        "counts the available pods of a node, so that a second one is seen only when it is available",
        "test_upstream_would_pass_a_second_pod_that_is_not_available",
    ),
    (
        "test/e2e/apps/cronjob.go",
        "is content with its first look at the active Jobs",
        "test_upstream_would_pass_two_at_a_time_that_came_later",
    ),
    (
        "test/e2e/common/node/init_container.go",
        "loses the events that it collects, and the error that it finds",
        "test_upstream_would_pass_an_app_that_started_too_early",
    ),
    ("test/e2e/apps/statefulset.go", "sees only that claims exist now", "test_upstream_would_pass_a_claim_that_was_made_anew"),
)

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


def shown() -> dict[str, Shown]:
    found = {helper: Shown() for helper in HELPERS}
    for test in _tests():
        pinned = any(argument.arg == "pinned" for argument in test.args.args)
        for helper in _failing(test) if pinned else _passing(test):
            if pinned:
                found[helper].fails.append(test.name)
                found[helper].guarantees |= _named(test.name)
            else:
                found[helper].passes.append(test.name)
    return found


def guarantees() -> dict[str, tuple[str, ...]]:
    """The guarantees that each helper's docstring names: those that its failures print."""
    found = {}
    for helper in HELPERS:
        named = _GUARANTEE.search(inspect.getdoc(getattr(pytest_kworkload, helper)) or "")
        found[helper] = tuple(named[1].split(", ")) if named else ()
    return found


def mutants() -> dict[str, list[str]]:
    """The mutants that each helper has to catch, by what is changed in them."""
    found: dict[str, list[str]] = {}
    for scenario in SCENARIOS:
        found.setdefault(scenario.helper, []).extend(one.name for one in scenario.mutants)
    return found


def page() -> str:
    return INTRODUCTION + _guarantees() + MUTANTS + _mutants() + ROWS + _promises() + WEAKER + _weaker()


def _guarantees() -> str:
    every, needs = shown(), _needs()
    rows = []
    for guarantee in CATALOGUE.values():
        if guarantee.awaits:
            continue
        helpers = {name: one for name, one in every.items() if guarantee.id in one.guarantees}
        failing = [test for one in helpers.values() for test in one.fails if guarantee.id in _named(test)]
        rows.append(_shown_in(f"`{guarantee.id}`", guarantee.says, helpers, failing, needs, guarantee.source))
    for name, one in every.items():
        if not one.guarantees:
            rows.append(_shown_in("(yours)", "what the test itself says", {name: one}, one.fails, needs, "the test"))
    return _table(("id", "guarantee", "helper", "needs", "passes in", "fails in", "promised by"), rows)


def _shown_in(
    id: str, says: str, helpers: Mapping[str, Shown], failing: list[str], needs: Mapping[str, Needs], source: str
) -> tuple[str, ...]:
    passing = [test for one in helpers.values() for test in one.passes]
    return id, says, _listed(helpers), _least([needs[test] for test in (*passing, *failing)]), _listed(passing), _listed(failing), source


def _mutants() -> str:
    every, promises = mutants(), guarantees()
    rows = [(f"`{one}`", _listed(promises[one]), "<br>".join(every[one])) for one in HELPERS if one in every]
    total = f"\n{sum(map(len, every.values()))} mutants of {len(SCENARIOS)} workloads.\n"
    return _table(("helper", "promises", "mutants that it catches"), rows) + total


def _promises() -> str:
    of = guarantees()
    rows = []
    for guarantee in CATALOGUE.values():
        helpers = _listed(helper for helper in HELPERS if guarantee.id in of[helper])
        rows.append((f"`{guarantee.id}`", "<br>".join(guarantee.details or (guarantee.says,)), helpers or f"none yet: {guarantee.awaits}"))
    return _table(("guarantee", "in detail", "helper"), rows)


def _weaker() -> str:
    return _table(("test of Kubernetes", "it", "our test"), [(f"`{file}`", what, f"`{test}`") for file, what, test in LOOKS_AWAY])


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "".join(f"{line}\n" for line in lines)


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


def _named(test: str) -> set[str]:
    """The guarantees of the catalogue that the pinned texts of a test name: such a text begins with one."""
    texts = [*TESTS.glob(f"expected/**/{test}.txt"), *TESTS.glob(f"expected/**/{test}[[]*.txt")]
    first = {path.read_text(encoding="utf-8").partition(":")[0] for path in texts}
    return first & set(CATALOGUE)


def _needs() -> dict[str, Needs]:
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


def _least(needs: list[Needs]) -> str:
    """What none of these can do without."""
    nodes = min((one.nodes for one in needs), default=1)
    capabilities = sorted(frozenset.intersection(*(one.capabilities for one in needs))) if needs else []
    return "<br>".join([*([f"{nodes} nodes"] if nodes > 1 else []), *(f"`{one}`" for one in capabilities)])


def _listed(names: Iterable[str]) -> str:
    return "<br>".join(f"`{name}`" for name in dict.fromkeys(names))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
