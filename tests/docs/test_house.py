"""One street name everywhere: a helper, its guarantee, its texts and its mutants are found under the same subject."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_kworkload
from docs.generate.proofs import HELPERS, PRIMITIVES, guarantees, subject_of
from pytest_kworkload.guarantees.catalogue import BY_SUBJECT
from tests.mutants.scenarios import BY_SUBJECT as SCENARIOS

from .pages import ROOT

CLUSTER = ROOT / "tests" / "cluster"


def failing() -> Iterator[tuple[str, str]]:
    """The helpers whose failures are pinned, with the folder of the test."""
    for path in CLUSTER.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(one.arg == "pinned" for one in node.args.args):
                for call in ast.walk(node):
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in HELPERS:
                        yield call.func.id, path.parent.name


@pytest.mark.parametrize("helper", [one for one in HELPERS if one not in PRIMITIVES])
def test_a_helper_is_found_under_one_subject(helper: str) -> None:
    stated = {name for name, every in BY_SUBJECT.items() if {one.id for one in every} & set(guarantees()[helper])}
    assert subject_of(helper) in stated, "the guarantee is stated in another subject's module of the catalogue"
    assert {name for name, every in SCENARIOS.items() if any(one.helper == helper for one in every)} == {subject_of(helper)}
    assert subject_of(helper) in {where for one, where in failing() if one == helper}


@pytest.mark.parametrize("layer", ["guarantees", "assertions"])
def test_the_subjects_are_the_catalogue_s(layer: str) -> None:
    here = Path(pytest_kworkload.__file__).parent / layer
    packages = {path.parent.name for path in here.glob("*/__init__.py")} | {path.stem for path in here.glob("*.py")}
    assert set(BY_SUBJECT) - {"autoscaling"} - packages == set()
