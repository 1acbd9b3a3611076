"""Tests of the program kworkload-cluster from outside: a real cluster, as root and as an ordinary user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .driver import Cluster, Namespace


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.cluster)
            item.add_marker(pytest.mark.rights)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The one that the tests share: two nodes."""
    arguments = [
        "--image=registry.example/idle*=stand-in",
        "--image=my/tools=host",
        "--kube-controller-manager-arg=--concurrent-job-syncs=6",
    ]
    with Cluster(tmp_path_factory.mktemp("shared"), *arguments, nodes=2) as cluster:
        yield cluster


@pytest.fixture
def ns(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Namespace]:
    """A namespace of this test's own."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")[:50].strip("-")
    namespace = Namespace(cluster, name)
    yield namespace
    namespace.delete()
