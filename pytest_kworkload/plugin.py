"""Options, markers, header and reports: wiring only, and cheap to import."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from . import hookspecs, tracebacks
from .errors import KworkloadError, SettingsError, Unproven
from .fixtures import CLUSTERS, NODES, RUN, SCENE, SETTINGS, kworkload, kworkload_cluster
from .history.deadline import Deadline
from .settings import OPTIONS, resolve

if TYPE_CHECKING:
    from .providers.base import Cluster
    from .workloads.namespace import Namespace

__all__ = ["kworkload", "kworkload_cluster"]

MARKER = "kworkload(nodes=N): the test needs a cluster of at least N nodes"
DESCRIBE_SECONDS = 5.0  # for the newest state of what a failure is described by
TOLD = pytest.StashKey["set[str]"]()  # what is wrong with the cluster, told in full once
_RUN = "kworkload_run"  # how an xdist worker knows the run that it belongs to ...
_OUTPUT = "kworkload_clusters"  # ... and tells the controller about its cluster


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kworkload", "workload behaviour on Kubernetes (each option also as an environment variable)")
    for option in OPTIONS:
        group.addoption(
            option.flag,
            dest=option.dest,
            default=None,
            metavar=option.metavar,
            help=f"{option.help} [{option.variable}]",
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
    config.stash[RUN] = f"{worker[_RUN]}-{worker['workerid']}" if worker else secrets.token_hex(3)
    config.stash[CLUSTERS] = []
    config.stash[TOLD] = set()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput[_RUN] = node.config.stash[RUN]


def pytest_report_header(config: pytest.Config) -> str:
    settings = config.stash[SETTINGS]
    images = f", images {', '.join(map('='.join, settings.images))}" if settings.images else ""
    if settings.image_archives:
        images += f", image archives {', '.join(one.name for one in settings.image_archives)}"
    nodes = f"{settings.nodes} node{'s' if settings.nodes > 1 else ''} or more"
    return f"kworkload: provider {settings.provider}, {nodes}{images}; started by the first test that needs it"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    try:
        for item in report.result if report.passed else ():
            if isinstance(item, pytest.Item):
                _nodes(item)
    except SettingsError as error:
        # Not a UsageError: raised by an xdist worker, it would end the controller with an internal error.
        report.outcome, report.longrepr, report.result = "failed", str(error), []
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    try:
        session.config.stash[NODES] = max(map(_nodes, session.items), default=0)
    except SettingsError as error:  # a marker that a conftest added after the collection
        raise pytest.UsageError(str(error)) from None


def _nodes(item: pytest.Item) -> int:
    """How many nodes the item's markers ask for; 0 if they do not say. Raises SettingsError."""
    most = 0
    for marker in item.iter_markers("kworkload"):
        where, nodes = f"{item.nodeid}: kworkload", marker.kwargs.get("nodes", 1)
        unknown = [key for key in marker.kwargs if key != "nodes"]
        if marker.args or unknown:
            problem = f"it has no argument {unknown[0]!r}" if unknown else "its arguments have names"
            raise SettingsError(f"{where}({_written(marker)})", problem, "write pytest.mark.kworkload(nodes=3)")
        if not isinstance(nodes, int) or isinstance(nodes, bool) or nodes < 1:
            raise SettingsError(
                f"{where}({_written(marker)})", "a cluster has at least 1 node", "write a whole number from 1 on, or leave nodes out"
            )
        most = max(most, nodes if "nodes" in marker.kwargs else 0)
    return most


def _written(marker: pytest.Mark) -> str:
    return ", ".join([*map(repr, marker.args), *(f"{key}={value!r}" for key, value in marker.kwargs.items())])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    everything = item.config.getoption("fulltrace") or item.config.getoption("tbstyle") == "native"
    short = call.excinfo is not None and not everything and tracebacks.shorten(call.excinfo.value)
    if short and call.excinfo is not None:
        call.excinfo = pytest.ExceptionInfo.from_exception(call.excinfo.value)  # the old one holds the whole traceback
    report = yield
    if short and call.excinfo is not None and report.failed and tracebacks.nowhere(call.excinfo.value):
        report.longrepr = tracebacks.text(call.excinfo, item, item.config.stash[TOLD])
    scene = item.stash.get(SCENE, None)
    if scene is not None:
        _describe(report, *scene)
        if report.when == "teardown":
            del item.stash[SCENE]
    return report


def _describe(report: pytest.TestReport, cluster: Cluster, namespace: Namespace) -> None:
    if report.failed:
        from .explain.report import described

        if report.when != "teardown":  # by then the recording has ended
            with contextlib.suppress(KworkloadError, Unproven):  # without an answer from the cluster: what was seen until then
                namespace.recording.barrier(Deadline.after(DESCRIBE_SECONDS), "Pod", "Event")
        report.sections.append(("kworkload", "\n".join([*cluster.facts, *described(namespace.recording)])))
    if not report.passed:
        namespace.waiting.clear()  # a test that ended early need not have come to every window that it made


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = session.config.stash[CLUSTERS]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    for first, *further in (getattr(node, "workeroutput", None) or {}).get(_OUTPUT, ()):
        node.config.stash[CLUSTERS].append([f"{node.gateway.id} · {first}", *further])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    clusters = config.stash[CLUSTERS]
    # What the clusters have in common is told once.
    for line in [lines[0] for lines in clusters] + list(dict.fromkeys(line for lines in clusters for line in lines[1:])):
        terminalreporter.write_line(f"kworkload: {line}")
