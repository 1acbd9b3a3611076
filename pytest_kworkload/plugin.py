"""Options, markers, header and reports: wiring only, and cheap to import."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from typing import Any

import pytest

from . import hookspecs
from .errors import SettingsError
from .fixtures import CLUSTERS, NAMESPACE, NODES, RUN, SETTINGS, kworkload, kworkload_cluster
from .settings import OPTIONS, resolve

__all__ = ["kworkload", "kworkload_cluster"]

MARKER = "kworkload(nodes=N): the test needs a cluster of at least N nodes"
_MARKER_ARGUMENTS = ("nodes",)
_OUTPUT = "kworkload_clusters"  # how an xdist worker tells the controller about its cluster


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kworkload", "workload behaviour on Kubernetes")
    for option in OPTIONS:
        group.addoption(
            option.flag,
            dest=option.dest,
            default=None,
            metavar=option.metavar,
            help=option.help,
            action="append" if option.many else "store",
        )
        if option.ini:
            parser.addini(option.dest, option.help, type=option.ini_type, default=None)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    try:
        config.stash[SETTINGS] = resolve(
            {option.dest: config.getoption(option.dest) for option in OPTIONS},
            os.environ,
            {option.dest: config.getini(option.dest) for option in OPTIONS if option.ini},
        )
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    worker = getattr(config, "workerinput", None)
    run = str(worker["testrunuid"])[:6] if worker else secrets.token_hex(3)
    config.stash[RUN] = f"{run}-{worker['workerid']}" if worker else run
    config.stash[CLUSTERS] = {}


def pytest_report_header(config: pytest.Config) -> str:
    settings = config.stash[SETTINGS]
    images = f", images {', '.join(map('='.join, settings.images))}" if settings.images else ""
    if settings.image_archives:
        images += f", image archives {', '.join(one.name for one in settings.image_archives)}"
    return f"kworkload: provider {settings.provider}, {settings.nodes} nodes or more{images}; started by the first test that needs it"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("kworkload"):
            _check(marker, item.nodeid)


def pytest_collection_finish(session: pytest.Session) -> None:
    wanted = [int(marker.kwargs.get("nodes", 0)) for item in session.items for marker in item.iter_markers("kworkload")]
    session.config.stash[NODES] = max(wanted, default=0)


def _check(marker: pytest.Mark, where: str) -> None:
    unknown = [key for key in marker.kwargs if key not in _MARKER_ARGUMENTS]
    nodes = marker.kwargs.get("nodes", 1)
    if marker.args or unknown:
        problem = f"it has no argument {unknown[0]!r}" if unknown else "its arguments have names"
        error = SettingsError(f"{where}: the marker kworkload", problem, f"write pytest.mark.{MARKER.partition(':')[0].replace('N', '3')}")
    elif not isinstance(nodes, int) or isinstance(nodes, bool) or nodes < 1:
        error = SettingsError(
            f"{where}: kworkload(nodes={nodes!r})", "a cluster has at least 1 node", "write a whole number from 1 on, or leave nodes out"
        )
    else:
        return
    raise pytest.UsageError(str(error))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    namespace = item.stash.get(NAMESPACE, None)
    if report.failed and namespace is not None:
        from .explain.report import described

        clusters = item.config.stash[CLUSTERS]
        facts = clusters[max(clusters)] if clusters else []
        report.sections.append(("kworkload", "\n".join([*facts, *described(namespace.recording)])))
    if report.when == "teardown" and namespace is not None:
        del item.stash[NAMESPACE]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = list(session.config.stash[CLUSTERS].values())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    told = node.config.stash[CLUSTERS]
    for lines in (getattr(node, "workeroutput", None) or {}).get(_OUTPUT, ()):
        told[len(told)] = lines


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    clusters = config.stash[CLUSTERS]
    for lines in dict.fromkeys(tuple(lines) for lines in clusters.values()):
        terminalreporter.write_line("kworkload: " + "\n           ".join(lines))
