"""The matrix of helpers and mutants, printed at the end of the run.

A mutant whose failure says "vacuous" is caught, but the promise was not broken by it; so a helper needs another one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_CAUGHT, _VACUOUS, _MISSED, _ALARM = "caught", "caught as vacuous", "MISSED", "FALSE ALARM"


class Matrix:
    """Collects from the reports, so that it works with any number of workers."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        properties = dict(report.user_properties)
        if "kworkload_helper" not in properties or (report.when != "call" and not report.failed):
            return
        helper, mutant = str(properties["kworkload_helper"]), str(properties["kworkload_mutant"])
        good = mutant.startswith("(good)")
        caught = "passed" if good else _VACUOUS if properties.get("kworkload_vacuous") else _CAUGHT
        self.rows.setdefault(helper, {})[mutant] = caught if report.passed else (_ALARM if good else _MISSED)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.rows:
            return
        results = [(mutant, result) for row in self.rows.values() for mutant, result in row.items()]
        mutants = [result for mutant, result in results if not mutant.startswith("(good)")]
        terminalreporter.section("helpers and mutants")
        for helper, row in sorted(self.rows.items()):
            terminalreporter.write_line(helper)
            for mutant, result in sorted(row.items()):
                terminalreporter.write_line(f"    {mutant:<60} {result}", red=result in (_MISSED, _ALARM))
        alarms = sum(result == _ALARM for _, result in results)
        vacuous, missed = mutants.count(_VACUOUS), mutants.count(_MISSED)
        summary = f"{mutants.count(_CAUGHT) + vacuous} caught ({vacuous} as vacuous), {missed} missed, {alarms} false alarms"
        terminalreporter.write_line(f"{len(self.rows)} helpers, {len(mutants)} mutants: {summary}")
        unbroken = [helper for helper, row in sorted(self.rows.items()) if _VACUOUS in row.values() and _CAUGHT not in row.values()]
        if unbroken:
            terminalreporter.write_line(f"no mutant breaks the promise of {', '.join(unbroken)}")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Matrix(), "kworkload-matrix")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cluster)
