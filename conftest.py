"""For this repository's own tests: pytest inside pytest, and no skip that nobody has agreed to.

A test that is skipped because the provider lacks what its marker needs is a skip like any other: CI runs with a provider that
has everything that the tests here need, so it would mean that they were not run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ALLOWED_SKIPS = Path(__file__).parent / "tests" / "allowed_skips.txt"


class Skips:
    """In CI a skipped test fails the run, unless `tests/allowed_skips.txt` names it (with its reason)."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self.surprising: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail") and report.nodeid not in self._allowed:
            self.surprising[report.nodeid] = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped and report.nodeid not in self._allowed:
            self.surprising[report.nodeid] = "skipped when it was collected"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.surprising:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for nodeid, reason in self.surprising.items():
            terminalreporter.write_line(f"not on the list of allowed skips: {nodeid} ({reason})", red=True)


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI") and not hasattr(config, "workerinput"):
        lines = ALLOWED_SKIPS.read_text(encoding="utf-8").splitlines()
        allowed = frozenset(line.partition("  #")[0].strip() for line in lines if line and not line.startswith("#"))
        config.pluginmanager.register(Skips(allowed), "kworkload-skips")
