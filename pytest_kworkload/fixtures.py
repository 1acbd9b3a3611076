"""The fixtures `kworkload_cluster` and `kworkload`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .errors import KworkloadError, Unproven
from .settings import Settings

if TYPE_CHECKING:
    from .providers.base import Cluster, Provider
    from .workloads.namespace import Namespace

SETTINGS = pytest.StashKey[Settings]()
RUN = pytest.StashKey[str]()
NODES = pytest.StashKey[int]()  # the most that a selected test asks for
CLUSTERS = pytest.StashKey["list[list[str]]"]()  # what is told about each cluster
SCENE = pytest.StashKey["tuple[Cluster, Namespace]"]()  # of the test that runs: what a failure is described by


@pytest.fixture(scope="session")
def kworkload_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The session's cluster: kubeconfig, client, nodes, version. It has at least the nodes that the markers ask for.

    A test that breaks nodes (its marker's needs say so) has one to itself: pytest gives its wish as the fixture's parameter.
    """
    from .providers.base import Cluster, Wish
    from .providers.registry import choose

    config = request.config
    settings = config.stash[SETTINGS]
    wish: Wish = getattr(request, "param", None) or Wish(max(settings.nodes, config.stash[NODES]))
    provider = choose(settings.provider, providers(config))
    cluster = Cluster(provider.start(wish, settings), config.stash[RUN], wish=wish, settings=settings)
    try:
        config.stash[CLUSTERS].append(cluster.facts)
        yield cluster
    finally:
        cluster.close()


def providers(config: pytest.Config) -> dict[str, Provider]:
    """Every provider by its name: ours, and those that a hook brings."""
    from .providers.registry import known

    return known(one for one in config.hook.pytest_kworkload_make_provider(config=config) if one is not None)


@pytest.fixture
def kworkload(kworkload_cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Namespace]:
    """A fresh namespace for this test, recorded from before its first object, deleted after the test."""
    timeout = request.config.stash[SETTINGS].timeout
    with _namespace(kworkload_cluster, timeout, beside=request.path.parent) as namespace:
        request.node.stash[SCENE] = (kworkload_cluster, namespace)
        yield namespace
        if namespace.waiting:
            raise Unproven(
                f"{', '.join(namespace.waiting)} was called, but its `with` block was never entered\n"
                "  why: it checks what happens in its block, so it has checked nothing\n"
                "  do:  write `with assert_...(...):` around what changes the workload, or pass trigger=..."
            )


@contextmanager
def _namespace(cluster: Cluster, timeout: float, *, beside: Path) -> Iterator[Namespace]:
    from .history.deadline import Deadline
    from .history.recorder import KINDS, Recorder
    from .history.recording import Recording
    from .kube.watch import ClusterSource
    from .workloads.namespace import RUN_LABEL, Namespace

    cluster.check()
    client, name, deadline = cluster.client, cluster.namespace_name(), Deadline.after(timeout)
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {RUN_LABEL: cluster.run}}})
    recorder: Recorder | None = None
    namespace: Namespace | None = None
    try:
        if cluster.running.ours:
            recorder = cluster.recorder
        else:
            recorder = Recorder(ClusterSource(client), namespace=name)
            recorder.record(KINDS, deadline)
        context = f" --context {cluster.running.context}" if cluster.running.context else ""
        recording = Recording(recorder, name, f"kubectl --kubeconfig {cluster.kubeconfig}{context} -n {name}")
        namespace = Namespace(client, name, recording, run=cluster.run, timeout=timeout, beside=beside)
        # Without its default service account a pod of this namespace would be refused.
        recording.wait_for(
            lambda history: any(one["metadata"]["name"] == "default" for one in history.objects("ServiceAccount").values()),
            f"the default service account of namespace {name}",
            deadline,
        )
        yield namespace
    finally:
        if namespace is not None:
            namespace.recording.close()
        if recorder is not None and not cluster.running.ours:
            recorder.stop()
        try:
            if namespace is not None:
                namespace.clean()
            else:
                client.delete("Namespace", name)
        except KworkloadError:
            cluster.check()  # a cluster that died says why; otherwise the refusal is the news
            raise
