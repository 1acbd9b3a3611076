"""Options, markers, header and reports: wiring only, and cheap to import."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from . import hookspecs, needs, tracebacks
from .errors import KworkloadError, SettingsError, Unproven
from .fixtures import kworkload, kworkload_cluster, namespace_name
from .history.deadline import Deadline
from .markers import TEXT, Asked, asked
from .session import SESSION, TEST, RunningTest, Session, providers, running_test, session_of
from .settings import OPTIONS, Option, resolve

if TYPE_CHECKING:
    from .cluster.cluster import Cluster
    from .workloads.namespace import Namespace

__all__ = ["kworkload", "kworkload_cluster", "namespace_name"]

DESCRIBE_SECONDS = 5.0  # for the newest state of what a failure is described by
PLAN = "--kworkload-plan"
_CLUSTER = "kworkload_cluster"
_RUN = "kworkload_run"  # how an xdist worker knows the run that it belongs to ...
_FACTS, _KEPT = "kworkload_facts", "kworkload_kept"  # ... and tells the controller about its clusters


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kworkload", "workload behaviour on Kubernetes (each option also as an environment variable)")
    for option in OPTIONS:
        how: dict[str, Any] = {"action": "append" if option.many else "store", "metavar": option.metavar}
        if option.switch:
            how = {"action": "store_const", "const": option.metavar}
        group.addoption(option.flag, dest=option.dest, default=None, help=f"{option.help} [{option.variable}]", **how)
        if option.ini:
            parser.addini(option.dest, option.help, type=option.ini_type, default=None)
    group.addoption(
        PLAN, dest="kworkload_plan", action="store_true", help="collect only: list the tests, what they need, and where each can run"
    )


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, Any, Any]:
    if config.getoption("kworkload_plan"):
        config.option.collectonly = True  # before pytest-xdist decides whether to start workers
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", TEXT)
    try:
        settings = resolve(
            {option.dest: config.getoption(option.dest) for option in OPTIONS},
            os.environ,
            {option.dest: config.getini(option.dest) for option in OPTIONS if option.ini},
            {option.dest: _peer(config, option) for option in OPTIONS if option.peer},
        )
        needs.check_declared(settings.have)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    worker = getattr(config, "workerinput", None)
    config.stash[SESSION] = Session(settings, f"{worker[_RUN]}-{worker['workerid']}" if worker else secrets.token_hex(3))


def _peer(config: pytest.Config, option: Option) -> Any:
    """What pytest-kind's option for the same says."""
    theirs = config.getoption(option.peer, None)
    return (option.peer_means if theirs else None) if option.peer_means else theirs


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput[_RUN] = session_of(node.config).run


def pytest_report_header(config: pytest.Config) -> list[str]:
    settings = session_of(config).settings
    with _usage():
        announced = _announced(config)
    if announced:
        return announced
    images = f", images {', '.join(map('='.join, settings.images))}" if settings.images else ""
    if settings.image_archives:
        images += f", image archives {', '.join(one.name for one in settings.image_archives)}"
    nodes = f"{settings.nodes} node{'s' if settings.nodes > 1 else ''} or more"
    return [f"kworkload: provider {settings.provider}, {nodes}{images}; started by the first test that needs it"]


def _announced(config: pytest.Config) -> list[str]:
    """What will be done to an existing cluster; nothing for other providers. Raises SettingsError."""
    provider = needs.surveyed(config)
    if provider is None:
        return []
    session = session_of(config)
    try:
        return [f"kworkload: {line}" for line in provider.announce(session.settings, session.run)]
    except KworkloadError as error:  # the first test that needs a cluster reports it in full
        return [f"kworkload: provider {provider.name}: {error.saw}"]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Announce what happens to somebody else's cluster, even where pytest prints no header (-q, --no-header)."""
    config = session.config
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    with _usage():
        if config.hook.pytest_kworkload_make_provider.get_hookimpls():
            providers(config)  # report a wrong one before there are workers, which could not say it as well
        if reporter is not None and (not reporter.showheader or reporter.no_header) and not config.option.collectonly:
            for line in _announced(config):
                reporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    try:
        for item in report.result if report.passed else ():
            if isinstance(item, pytest.Item):
                _asked(item)
    except SettingsError as error:
        # Not a UsageError: raised by an xdist worker, it would end the controller with an internal error.
        report.outcome, report.longrepr, report.result = "failed", str(error), []
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that breaks its cluster one to itself, in pytest's own way: as a parameter of the session's fixture.

    So pytest itself ends one cluster before it starts the next. The parameter is hidden: the test keeps its name.
    """
    if _CLUSTER in metafunc.fixturenames:
        with contextlib.suppress(SettingsError):  # reported once the tests are collected
            mine = asked(metafunc.definition.nodeid, metafunc.definition.iter_markers("kworkload"))
            if mine.alone:
                metafunc.parametrize(_CLUSTER, [mine], indirect=True, ids=[pytest.HIDDEN_PARAM], scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    with _usage():
        every = {item: _asked(item) for item in items}
        needs.skip_lacking(config, every)
    items.sort(key=lambda item: every[item].alone)  # so that the shared cluster is started once; otherwise in the same order


@pytest.hookimpl(wrapper=True)
def pytest_collection_finish(session: pytest.Session) -> Generator[None, None, None]:
    with _usage():
        every = [_asked(item) for item in session.items]
    session_of(session.config).nodes = max((mine.nodes for mine in every if not mine.alone), default=0)
    if session.config.getoption("kworkload_plan"):
        session.config.option.collectonly = False  # instead of pytest's own list
        yield
        session.config.option.collectonly = True
        with _usage():
            _print_plan(session)
    else:
        yield


def _print_plan(session: pytest.Session) -> None:
    from . import plan
    from .providers.registry import choose

    choose(session_of(session.config).settings.provider, providers(session.config))
    mine = _on_a_cluster(session)
    others = len(session.items) - len(mine)
    told = plan.lines([(item.nodeid, _asked(item)) for item in mine], list(needs.offers(session.config).values()), others)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        for line in ("", *told):
            reporter.write_line(line)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    if not session.config.option.collectonly:
        needs.skip_after_a_look(session.config, {item: _asked(item) for item in _on_a_cluster(session)})


def _on_a_cluster(session: pytest.Session) -> list[pytest.Item]:
    return [item for item in session.items if _CLUSTER in getattr(item, "fixturenames", ())]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[TEST] = RunningTest()  # an earlier run of it may have ended differently
    if _own(item):
        from .cluster.running import Wish

        mine, session = _asked(item), session_of(item.config)
        nodes = max(session.settings.nodes, mine.nodes)
        # Another one for each run: two sets of parameters, or a repetition, must not share a cluster.
        item.callspec.params[_CLUSTER] = Wish(nodes, needs=mine.needs, alone=next(session.alone_numbers))  # type: ignore[attr-defined] # pytest.Function has it


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """For a marker that a conftest.py added after the collection."""
    try:
        yield
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None


def _asked(item: pytest.Item) -> Asked:
    """What the item's markers ask for. Raises SettingsError."""
    mine = asked(item.nodeid, item.iter_markers("kworkload"))
    if mine.alone and _CLUSTER in getattr(item, "fixturenames", ()) and not _own(item):
        raise SettingsError(
            f"{item.nodeid}: kworkload(needs={list(mine.needs)!r})",
            "the test needs a cluster to itself, but this marker was added after its parameters were made",
            "put the marker on the function, its class or its module, not on a parameter and not in a hook",
        )
    return mine


def _own(item: pytest.Item) -> bool:
    """Whether the item's parameters give it a cluster to itself."""
    return _CLUSTER in getattr(getattr(item, "callspec", None), "params", ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    everything = item.config.getoption("fulltrace") or item.config.getoption("tbstyle") == "native"
    short = call.excinfo is not None and not everything and tracebacks.shorten(call.excinfo.value)
    if short and call.excinfo is not None:
        call.excinfo = pytest.ExceptionInfo.from_exception(call.excinfo.value)  # the old one has the whole traceback
    report = yield
    session, test = session_of(item.config), running_test(item)
    if report.failed:
        if report.when == "teardown" and test.scene is not None and not test.failed and session.settings.keep == "failed":
            session.kept.append(f"not kept: {item.nodeid} failed only when its fixtures ended, and by then its namespace was gone")
        test.failed = True
    if short and call.excinfo is not None and report.failed and tracebacks.nowhere(call.excinfo.value):
        report.longrepr = tracebacks.text(call.excinfo, item, session.troubles)
    if test.scene is not None:
        _describe(report, *test.scene)
        if report.when == "teardown":
            test.scene = None
    return report


def _describe(report: pytest.TestReport, cluster: Cluster, namespace: Namespace) -> None:
    if report.failed:
        from .explain.report import described

        if report.when != "teardown":  # by then the recording has ended
            with contextlib.suppress(KworkloadError, Unproven):  # without an answer from the cluster: what was seen until then
                namespace.recording.barrier(Deadline.after(DESCRIBE_SECONDS), "Pod", "Event")
        report.sections.append(("kworkload", "\n".join([*cluster.facts, *described(namespace.recording)])))
    if not report.passed:
        namespace.waiting.clear()  # a test that ended early need not have reached every window that it made


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        mine = session_of(session.config)
        output[_FACTS], output[_KEPT] = mine.facts, mine.kept


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    output = getattr(node, "workeroutput", None) or {}
    session = session_of(node.config)
    session.kept.extend(output.get(_KEPT, ()))
    for directory, (first, *further) in output.get(_FACTS, ()):
        known = next((lines for there, lines in session.facts if directory and there == directory), None)
        if known is None:
            session.facts.append((directory, [f"{node.gateway.id} · {first}", *further]))
        else:  # one that several workers share
            workers = [*known[0].partition(" · ")[0].split(", "), node.gateway.id]
            known[0] = f"{', '.join(sorted(workers, key=lambda one: (len(one), one)))} · {first}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session = session_of(config)
    clusters = [lines for _, lines in session.facts]
    # What the clusters have in common is printed once.
    further = dict.fromkeys(line for lines in clusters for line in lines[1:])
    for line in [*(lines[0] for lines in clusters), *further, *dict.fromkeys(session.kept)]:
        terminalreporter.write_line(f"kworkload: {line}")
