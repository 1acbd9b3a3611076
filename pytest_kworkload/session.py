"""What one pytest session holds, and how the running test has gone so far."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from .settings import Settings

if TYPE_CHECKING:
    from .cluster.cluster import Cluster
    from .providers.provider import Provider
    from .workloads.namespace import Namespace


def _numbers() -> Iterator[int]:
    return itertools.count(1)


@dataclass
class Session:
    """One process of a run: its settings, its counters, and what the report will say about it.

    `run` names the run, and the worker if there are several; `nodes` is the largest number that a selected test asks for. `providers`
    are kept, so that what one has asked a cluster it need not ask again. The numbers are for the names of namespaces, and for the
    runs of tests that have a cluster to themselves.

    `facts` are told of each cluster, once by all who share its directory; `kept` are lines about what stays after the run. `left`
    is what faults have left behind in a cluster that is not ours: the next test gets the same one. `troubles` of a cluster are
    told in full once.
    """

    settings: Settings
    run: str
    nodes: int = 0
    providers: dict[str, Provider] = field(default_factory=dict)
    namespace_numbers: Iterator[int] = field(default_factory=_numbers)
    alone_numbers: Iterator[int] = field(default_factory=_numbers)
    facts: list[tuple[str, list[str]]] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    troubles: set[str] = field(default_factory=set)


@dataclass
class RunningTest:
    """Whether the running test has failed so far, and what describes its failure."""

    failed: bool = False
    scene: tuple[Cluster, Namespace] | None = None


SESSION: pytest.StashKey[Session] = pytest.StashKey()
TEST: pytest.StashKey[RunningTest] = pytest.StashKey()


def session_of(config: pytest.Config) -> Session:
    return config.stash[SESSION]


def running_test(node: pytest.Item) -> RunningTest:
    return node.stash.setdefault(TEST, RunningTest())


def providers(config: pytest.Config) -> dict[str, Provider]:
    """Every provider by its name: ours, and those from a hook. Raises SettingsError."""
    from .providers.registry import checked, known

    session = session_of(config)
    if not session.providers:
        session.providers = known(session.settings, workers=workers(config))
    # Asked each time: a conftest.py further down may bring its own later.
    others = (checked(one) for one in config.hook.pytest_kworkload_make_provider(config=config) if one is not None)
    return {**session.providers, **{one.name: one for one in others}}


def workers(config: pytest.Config) -> int:
    """How many processes of this run run tests at the same time."""
    here = getattr(config, "workerinput", {}).get("workercount")  # pytest-xdist's word in a worker; elsewhere its option's
    return int(here or config.getoption("numprocesses", None) or 1)
