"""Every mutant is caught, and its good twin passes in the same run (`make mutants`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated

from .scenario import Mutant, Scenario, pairs
from .scenarios import SCENARIOS

Record = Callable[[str, object], None]


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one.id, marks=one.marks) for one in SCENARIOS])
def test_good(kworkload: Any, scenario: Scenario, record_property: Record) -> None:
    record_property("kworkload_helper", scenario.helper)
    record_property("kworkload_mutant", f"(good) {scenario.name}".rstrip())
    scenario.check(kworkload, scenario.manifests())


@pytest.mark.parametrize(
    ("scenario", "mutant"),
    [pytest.param(one, mutant, id=f"{one.id}-{mutant.name}", marks=(*one.marks, *mutant.marks)) for one, mutant in pairs(SCENARIOS)],
)
def test_caught(kworkload: Any, scenario: Scenario, mutant: Mutant, record_property: Record) -> None:
    record_property("kworkload_helper", scenario.helper)
    record_property("kworkload_mutant", mutant.name)
    with pytest.raises(GuaranteeViolated) as failure:
        (mutant.check or scenario.check)(kworkload, scenario.manifests(mutant))
    finding = failure.value.finding
    assert finding.guarantee.id == mutant.guarantee, str(failure.value)
    assert mutant.names in f"{finding.change}\n{finding.vacuous}", str(failure.value)
