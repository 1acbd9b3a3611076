"""For this repository's own tests: pytest inside pytest, their order, and no skip that nobody has agreed to.

A test that is skipped because the provider lacks what its marker needs is a skip like any other: CI runs with a provider that
has everything that the tests here need, so it would mean that they were not run.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ALLOWED_SKIPS = Path(__file__).parent / "tests" / "allowed_skips.txt"
GROUP = re.compile(r"@[^\]]*$")  # what `--dist loadgroup` adds to the id of a test that is in a group


class Skips:
    """In CI a skipped test fails the run, unless `tests/allowed_skips.txt` names it (with its reason)."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed
        self.surprising: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        nodeid = GROUP.sub("", report.nodeid)
        if report.skipped and not hasattr(report, "wasxfail") and nodeid not in self._allowed:
            self.surprising[nodeid] = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for minutes comes first, beside the others; who shares a cluster of the tests' own shares a worker."""
    for item in items:
        for name in {"cluster", "kworkload_cluster"}.intersection(getattr(item, "fixturenames", ())):
            *_, definition = item._fixtureinfo.name2fixturedefs[name]  # type: ignore[attr-defined] # pytest.Function has it
            if definition.baseid:  # it is not the plugin's own, which all workers share
                item.add_marker(pytest.mark.xdist_group(definition.baseid))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
