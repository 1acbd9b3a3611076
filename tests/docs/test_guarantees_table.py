"""Every promise has a helper or a reason why not, every helper a workload on which it passes and several on which it fails; and
the page of the guarantees says which."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from docs.generate import guarantees, proofs, readme, reference, settings
from docs.generate.proofs import HELPERS, PRIMITIVES
from pytest_kworkload.guarantees.catalogue import CATALOGUE
from tests.mutants.scenarios import SCENARIOS

from .pages import ROOT

SHOWN = proofs.shown()
GUARANTEES = proofs.guarantees()
MUTANTS = proofs.mutants()


AGAIN = "run: python -m docs.generate"


def test_the_page_of_the_guarantees_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8") == guarantees.page(), AGAIN


def test_the_reference_is_what_the_code_says() -> None:
    written = {path: path.read_text(encoding="utf-8") for path in reference.FOLDER.glob("*.md")}
    assert written == reference.pages(), AGAIN


def test_the_readme_s_list_is_what_the_code_says() -> None:
    assert readme.PAGE.read_text(encoding="utf-8") == readme.page(), AGAIN


def test_the_settings_are_what_the_code_says() -> None:
    assert settings.PAGE.read_text(encoding="utf-8") == settings.page(), AGAIN


def test_every_guarantee_has_a_helper_or_a_reason_why_not() -> None:
    helped = {guarantee for named in GUARANTEES.values() for guarantee in named}
    assert {one.id for one in CATALOGUE.values() if not one.awaits} == helped


@pytest.mark.parametrize("helper", [one for one in HELPERS if one not in PRIMITIVES])
def test_a_helper_names_the_guarantees_that_its_failures_print(helper: str) -> None:
    printed = SHOWN[helper].guarantees | {one.guarantee for scenario in SCENARIOS if scenario.helper == helper for one in scenario.mutants}
    assert sorted(GUARANTEES[helper]) == sorted(printed)


def test_a_pinned_text_begins_with_the_sentence_of_its_guarantee() -> None:
    first = {path.name: path.read_text(encoding="utf-8").splitlines()[0] for path in proofs.TESTS.glob("expected/*/*.txt")}
    said = {f"{one.id}: {one.says}" for one in CATALOGUE.values()}
    assert {name: line for name, line in first.items() if line.partition(":")[0] in CATALOGUE and line not in said} == {}


@pytest.mark.parametrize("helper", HELPERS)
def test_a_helper_has_a_test_that_passes_and_one_that_fails(helper: str) -> None:
    assert SHOWN[helper].passes, f"no test in tests/cluster shows {helper} on a workload that keeps the promise"
    assert SHOWN[helper].fails, f"no test in tests/cluster shows {helper} on a workload that breaks the promise"


def test_every_guarantee_is_named_by_a_failure() -> None:
    named = {guarantee for one in SHOWN.values() for guarantee in one.guarantees}
    assert {one.id for one in CATALOGUE.values() if not one.awaits} - named == set()


@pytest.mark.parametrize("helper", [one for one in HELPERS if one not in PRIMITIVES])
def test_a_helper_has_mutants_to_catch(helper: str) -> None:
    assert len(MUTANTS.get(helper, ())) >= 2, f"tests/mutants/scenarios: a good workload for {helper}, and two mutants of it or more"


def test_there_are_enough_mutants() -> None:
    assert sum(map(len, MUTANTS.values())) >= 60


def test_a_test_of_kubernetes_that_looks_away_is_outdone_by_one_of_ours() -> None:
    ours = Counter(
        node.name
        for path in (ROOT / "tests" / "unit" / "guarantees").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_upstream_would_")
    )
    assert {test: ours[test] for _, _, test in guarantees.LOOKS_AWAY} == dict.fromkeys((test for _, _, test in guarantees.LOOKS_AWAY), 1)
