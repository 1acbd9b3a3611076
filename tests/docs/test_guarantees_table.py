"""Every public helper is shown on a good workload and on one that it fails on, and the page of the guarantees says where."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from pytest_kworkload.guarantees.catalogue import CATALOGUE

from .pages import ROOT

MADE: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "make_guarantees.py"))
SHOWN = MADE["shown"]()


def test_the_page_is_what_the_code_says() -> None:
    text = MADE["PAGE"].read_text(encoding="utf-8")
    assert text == MADE["page"](), "run: python docs/make_guarantees.py"


@pytest.mark.parametrize("helper", MADE["HELPERS"])
def test_a_helper_has_a_test_that_passes_and_one_that_fails(helper: str) -> None:
    assert SHOWN[helper].passes, f"no test in tests/cluster shows {helper} on a workload that keeps the promise"
    assert SHOWN[helper].fails, f"no test in tests/cluster shows {helper} on a workload that breaks the promise"


def test_every_guarantee_is_named_by_a_failure() -> None:
    named = {guarantee for one in SHOWN.values() for guarantee in one.guarantees}
    assert set(CATALOGUE) - named == set()
