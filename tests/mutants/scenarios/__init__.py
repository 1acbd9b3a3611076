"""All scenarios, by subject. Each module of a subject's package has SCENARIOS."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ..scenario import Scenario

BY_SUBJECT: dict[str, tuple[Scenario, ...]] = {
    subject.name: tuple(
        scenario
        for module in iter_modules(import_module(f"{__name__}.{subject.name}").__path__)
        for scenario in import_module(f"{__name__}.{subject.name}.{module.name}").SCENARIOS
    )
    for subject in iter_modules(__path__)
}
SCENARIOS: tuple[Scenario, ...] = tuple(one for every in BY_SUBJECT.values() for one in every)
