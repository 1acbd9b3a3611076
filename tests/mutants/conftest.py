"""The matrix of helpers and mutants, printed at the end of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

_CAUGHT, _MISSED, _ALARM = "caught", "MISSED", "FALSE ALARM"


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
        self.rows.setdefault(helper, {})[mutant] = ("passed" if good else _CAUGHT) if report.passed else (_ALARM if good else _MISSED)

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
        caught, missed = mutants.count(_CAUGHT), mutants.count(_MISSED)
        summary = f"{caught} caught, {missed} missed, {alarms} false alarms"
        terminalreporter.write_line(f"{len(self.rows)} helpers, {len(mutants)} mutants: {summary}")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Matrix(), "kworkload-matrix")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cluster)
