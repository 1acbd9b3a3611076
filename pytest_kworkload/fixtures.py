"""The fixtures `kworkload_cluster` and `kworkload`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import pytest

from .errors import KworkloadError, Unproven
from .session import providers, running_test, session_of, workers

if TYPE_CHECKING:
    from .cluster.cluster import Cluster
    from .cluster.running import Wish
    from .history.deadline import Deadline
    from .history.recorder import Recorder
    from .workloads.namespace import Namespace


@pytest.fixture(scope="session")
def kworkload_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The session's cluster: kubeconfig, client, nodes, version. It has at least as many nodes as the markers ask for.

    A test that breaks nodes (its marker's needs say so) has one to itself: pytest gives its wish as the fixture's parameter.
    """
    session = session_of(request.config)
    with _obtained(request.config, getattr(request, "param", None)) as cluster, _logs_of_failures(request.session, cluster):
        session.facts.append((str(cluster.running.directory or ""), cluster.facts))
        if session.settings.keep == "all":
            session.kept += cluster.keep()
        yield cluster


@contextmanager
def _obtained(config: pytest.Config, wish: Wish | None) -> Iterator[Cluster]:
    """A cluster from the chosen provider, for this wish, or for what all tests without a wish ask for; it ends with the block."""
    from .cluster.cluster import Cluster
    from .cluster.running import Wish
    from .providers.registry import choose
    from .providers.sharing import obtain

    session = session_of(config)
    settings, run = session.settings, session.run
    wish = wish or Wish(max(settings.nodes, session.nodes))
    running = obtain(choose(settings.provider, providers(config)), wish, settings, run=run, workers=workers(config) > 1)
    cluster = Cluster(running, run, wish=wish, settings=settings, numbers=session.namespace_numbers)
    if not running.ours:
        cluster.left = session.left
    try:
        yield cluster
    finally:
        cluster.close()


@contextmanager
def _logs_of_failures(pytest_session: pytest.Session, cluster: Cluster) -> Iterator[None]:
    """Write the logs of the cluster's components if tests failed in the block and there is a directory for them."""
    from .providers.logs import export

    session, failed = session_of(pytest_session.config), pytest_session.testsfailed
    try:
        yield
    finally:
        if session.settings.logs is not None and pytest_session.testsfailed > failed:
            cluster.take_back()  # a node that is frozen gives no logs
            session.kept.append(export(cluster.running, session.settings.logs, session.run))


def _namespace_scope(fixture_name: str, config: pytest.Config) -> Literal["function", "module", "session"]:
    scopes: dict[str, Literal["function", "module", "session"]] = {"test": "function", "module": "module", "worker": "session"}
    return scopes[session_of(config).settings.namespace_per]


@pytest.fixture(name="_kworkload_namespace", scope=_namespace_scope)
def namespace_name(kworkload_cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a new namespace, for one test, or for several that use it one after another."""
    from .workloads.marks import mark

    cluster, session = kworkload_cluster, session_of(request.config)
    cluster.check()
    name = cluster.namespace_name()
    cluster.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": mark({"name": name}, cluster.run)})
    yield name
    if session.settings.keep == "failed" and running_test(request.node).failed:
        session.kept += cluster.keep(name, of=request.node.nodeid)
    elif session.settings.keep != "all":
        with _or_why_not(cluster):
            cluster.delete_namespace(name)


@pytest.fixture
def kworkload(kworkload_cluster: Cluster, _kworkload_namespace: str, request: pytest.FixtureRequest) -> Iterator[Namespace]:
    """A namespace for this test, recorded from before the test's first object. What the test made is deleted after it."""
    with _opened(kworkload_cluster, _kworkload_namespace, request) as namespace:
        running_test(request.node).scene = (kworkload_cluster, namespace)
        yield namespace
        if namespace.waiting:
            running_test(request.node).failed = True
            raise Unproven(
                f"{', '.join(namespace.waiting)} was called, but its `with` block was never entered\n"
                "  why: it checks what happens in its block, so it has checked nothing\n"
                "  do:  write `with assert_...(...):` around what changes the workload, or pass trigger=..."
            )


@contextmanager
def _opened(cluster: Cluster, name: str, request: pytest.FixtureRequest) -> Iterator[Namespace]:
    from .history.deadline import Deadline
    from .history.recording import Recording
    from .workloads.namespace import Namespace

    cluster.check()
    settings = session_of(request.config).settings
    deadline = Deadline.after(settings.timeout)
    with _recorder(cluster, name, deadline) as recorder:
        recording = Recording(recorder, name, f"{cluster.look} -n {name}")
        try:
            namespace = Namespace(
                cluster.client,
                name,
                recording,
                run=cluster.run,
                timeout=settings.timeout,
                beside=request.path.parent,
                lasting=settings.namespace_per != "test",
            )
            try:
                # Without its default service account a pod of this namespace would be refused.
                recording.wait_for(
                    lambda history: any(one["metadata"]["name"] == "default" for one in history.objects("ServiceAccount").values()),
                    f"the default service account of namespace {name}",
                    deadline,
                )
                yield namespace
            finally:
                with _or_why_not(cluster):
                    namespace.clean()
        finally:
            recording.close()


@contextmanager
def _recorder(cluster: Cluster, namespace: str, deadline: Deadline) -> Iterator[Recorder]:
    """The cluster's recorder, or in somebody else's cluster one for this namespace only."""
    from .history.recorder import KINDS, Recorder
    from .kube.watch import ClusterSource

    if cluster.running.ours:
        yield cluster.recorder
        return
    recorder = Recorder(ClusterSource(cluster.client), namespace=namespace)
    try:
        recorder.record(KINDS, deadline)
        yield recorder
    finally:
        recorder.stop()


@contextmanager
def _or_why_not(cluster: Cluster) -> Iterator[None]:
    """If the cluster died, it says why; otherwise the refusal is what matters."""
    try:
        yield
    except KworkloadError:
        cluster.check()
        raise
