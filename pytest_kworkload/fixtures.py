"""The fixtures `kworkload_cluster` and `kworkload`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .errors import KworkloadError, Unproven
from .settings import Settings

if TYPE_CHECKING:
    from .providers.base import Cluster, Wish
    from .workloads.namespace import Namespace

SETTINGS = pytest.StashKey[Settings]()
RUN = pytest.StashKey[str]()
NODES = pytest.StashKey[int]()  # the most that a selected test asks for
CLUSTERS = pytest.StashKey["dict[int, list[str]]"]()  # what is told about each cluster, by its number
NAMESPACE = pytest.StashKey["Namespace"]()


@pytest.fixture(scope="session")
def kworkload_cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """The session's cluster: kubeconfig, client, nodes, version. It has at least the nodes that the markers ask for."""
    from .providers.base import Cluster, Wish
    from .providers.registry import choose

    config = request.config
    settings = config.stash[SETTINGS]
    wish: Wish = getattr(request, "param", None) or Wish(max(settings.nodes, config.stash.get(NODES, 0)))
    others = [one for one in config.hook.pytest_kworkload_make_provider(config=config) if one is not None]
    running = choose(settings.provider, others).start(wish, settings)
    cluster = Cluster(running, config.stash[RUN])
    try:
        told = config.stash[CLUSTERS]
        told[len(told)] = cluster.facts()
        yield cluster
    finally:
        cluster.close()


@pytest.fixture
def kworkload(kworkload_cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Namespace]:
    """A fresh namespace for this test, recorded from before its first object, deleted after the test."""
    from .history.deadline import Deadline
    from .history.recorder import KINDS, Recorder
    from .history.recording import Recording
    from .kube.watch import ClusterSource
    from .workloads.namespace import RUN_LABEL, Namespace

    cluster, settings = kworkload_cluster, request.config.stash[SETTINGS]
    cluster.check()
    client, name = cluster.client, cluster.namespace_name()
    deadline = Deadline.after(settings.timeout)
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {RUN_LABEL: cluster.run}}})
    recorder = None
    namespace = None
    try:
        if cluster.running.ours:
            recorder = cluster.recorder
        else:
            recorder = Recorder(ClusterSource(client), namespace=name)
            recorder.record(KINDS, deadline)
        context = f" --context {cluster.running.context}" if cluster.running.context else ""
        recording = Recording(recorder, name, f"kubectl --kubeconfig {cluster.kubeconfig}{context} -n {name}")
        # Without its default service account a pod of this namespace would be refused.
        recording.wait_for(
            lambda history: any(one["metadata"]["name"] == "default" for one in history.objects("ServiceAccount").values()),
            f"the default service account of namespace {name}",
            deadline,
        )
        namespace = Namespace(client, name, recording, run=cluster.run, timeout=settings.timeout, beside=request.path.parent)
        request.node.stash[NAMESPACE] = namespace
        yield namespace
        if namespace.waiting:
            raise Unproven(
                f"{', '.join(namespace.waiting)} was called, but its `with` block was never entered\n"
                "  why: it checks what happens in its block, so it has checked nothing\n"
                "  do:  write `with assert_...(...):` around what changes the workload, or pass trigger=..."
            )
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
