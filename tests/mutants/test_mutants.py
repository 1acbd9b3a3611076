"""Every mutant is caught, and its good twin passes in the same run (`make mutants`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload import Cluster, GuaranteeViolated, Namespace

from .scenario import Mutant, Scenario, pairs
from .scenarios import SCENARIOS

Record = Callable[[str, object], None]


SHARED = [one for one in SCENARIOS if not one.breaks]
BREAKING = [one for one in SCENARIOS if one.breaks]


def every_good(scenarios: list[Scenario]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scenario", [pytest.param(one, id=one.id, marks=one.marks) for one in scenarios])


def every_mutant(scenarios: list[Scenario]) -> pytest.MarkDecorator:
    mutants = [
        pytest.param(one, mutant, id=f"{one.id}-{mutant.name}", marks=(*one.marks, *mutant.marks)) for one, mutant in pairs(scenarios)
    ]
    return pytest.mark.parametrize(("scenario", "mutant"), mutants)


@every_good(SHARED)
def test_good(kworkload: Namespace, scenario: Scenario, record_property: Record) -> None:
    good(scenario, record_property, kworkload)


@every_mutant(SHARED)
def test_caught(kworkload: Namespace, scenario: Scenario, mutant: Mutant, record_property: Record) -> None:
    caught(scenario, mutant, record_property, kworkload)


@pytest.mark.kworkload(nodes=3, needs=["nodes:stop", "nodes:cordon"])
class TestOnAClusterOfItsOwn:
    @every_good(BREAKING)
    def test_good(self, kworkload: Namespace, kworkload_cluster: Cluster, scenario: Scenario, record_property: Record) -> None:
        good(scenario, record_property, kworkload, kworkload_cluster)

    @every_mutant(BREAKING)
    def test_caught(
        self, kworkload: Namespace, kworkload_cluster: Cluster, scenario: Scenario, mutant: Mutant, record_property: Record
    ) -> None:
        caught(scenario, mutant, record_property, kworkload, kworkload_cluster)


def good(scenario: Scenario, record_property: Record, kworkload: Namespace, *cluster: Any) -> None:
    record_property("kworkload_helper", scenario.helper)
    record_property("kworkload_mutant", f"(good) {scenario.name}".rstrip())
    scenario.check(kworkload, scenario.manifests(), *cluster)


def caught(scenario: Scenario, mutant: Mutant, record_property: Record, kworkload: Namespace, *cluster: Any) -> None:
    record_property("kworkload_helper", scenario.helper)
    record_property("kworkload_mutant", f"{mutant.name} ({scenario.name})" if scenario.name else mutant.name)
    with pytest.raises(GuaranteeViolated) as failure:
        (mutant.check or scenario.check)(kworkload, scenario.manifests(mutant), *cluster)
    finding = failure.value.finding
    record_property("kworkload_vacuous", bool(finding.vacuous))
    assert finding.guarantee.id == mutant.guarantee, str(failure.value)
    assert mutant.names in f"{finding.change}\n{finding.check}\n{finding.vacuous}", str(failure.value)
