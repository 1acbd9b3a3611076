"""For this repository's own tests: pytest inside pytest, their order, and no skip that nobody has agreed to.

A test that is skipped because the provider lacks what its marker needs is a skip like any other: CI runs with a provider that
has everything that the tests here need, so it would mean that they were not run.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from xdist.remote import Producer  # type: ignore[import-untyped]

pytest_plugins = ["pytester"]

ALLOWED_SKIPS = Path(__file__).parent / "tests" / "allowed_skips.txt"

# Tests that share a cluster of their own fixture are on one worker, so that it is started once. In the last line are tests of several
# clusters or many nodes, one after the other: a cluster takes 13 inotify instances, each of its nodes three, and a user has 128.
SHARING = tuple(
    re.compile(nodeids)
    for nodeids in (
        r"tests/embedded/test_(?!dns|end|faults|killed|network|refusals)",
        r"tests/embedded/test_faults\.py",
        r"tests/cluster/test_older_server\.py",
        r"tests/cluster/test_recording\.py::TestForgetfulServer",
        r"tests/embedded/test_(end\.py::test_(during_all_faults|two_at_once)|killed\.py::test_the_pytest)",
    )
)


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


def scope(nodeid: str) -> str:
    """What runs on one worker: those that share a cluster, else one test."""
    return next((one.pattern for one in SHARING if one.match(nodeid)), nodeid)


class Waiting(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """Gives a worker the next test when it has none, and tests that share a cluster to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Waiting | None:
    return Waiting(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for minutes comes first, beside the others."""
    sharing: dict[str, set[str]] = {}
    for item in items:
        for name in {"cluster", "kworkload_cluster"}.intersection(getattr(item, "fixturenames", ())):
            *_, definition = item._fixtureinfo.name2fixturedefs[name]  # type: ignore[attr-defined] # pytest.Function has it
            if definition.baseid.startswith(("tests/cluster", "tests/embedded")):  # one of their own; the plugin's all workers share
                sharing.setdefault(definition.baseid, set()).add(scope(item.nodeid))
    for fixture, scopes in sharing.items():
        if len(scopes) > 1:
            raise pytest.UsageError(f"several workers would start the cluster of {fixture}: {', '.join(sorted(scopes))}. Add to SHARING.")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
