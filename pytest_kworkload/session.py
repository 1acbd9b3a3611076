"""What one pytest session holds: its settings, providers, workers, and what is to be told of its clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .cluster.cluster import Cluster
    from .providers.base import Provider
    from .workloads.namespace import Namespace

SETTINGS: pytest.StashKey[Settings] = pytest.StashKey()
RUN: pytest.StashKey[str] = pytest.StashKey()  # with the worker, if there are several
OURS: pytest.StashKey[dict[str, Provider]] = pytest.StashKey()  # our providers: what one has asked a cluster, it need not ask again
NODES: pytest.StashKey[int] = pytest.StashKey()  # the most that a selected test asks for
NUMBERS: pytest.StashKey[Iterator[int]] = pytest.StashKey()  # for the names of namespaces
CLUSTERS: pytest.StashKey[list[tuple[str, list[str]]]] = (
    pytest.StashKey()
)  # where each cluster lives (who shares it tells it once), what is told of it
KEPT: pytest.StashKey[list[str]] = pytest.StashKey()  # what is told about what stays
LEFT: pytest.StashKey[list[str]] = (
    pytest.StashKey()
)  # what faults have left behind in a cluster that is not ours: the next test gets the same one
SCENE: pytest.StashKey[tuple[Cluster, Namespace]] = pytest.StashKey()  # of the test that runs: what a failure is described by
FAILED: pytest.StashKey[bool] = pytest.StashKey()  # whether the test that runs has failed so far


def providers(config: pytest.Config) -> dict[str, Provider]:
    """Every provider by its name: ours, and those that a hook brings. Raises SettingsError."""
    from .providers.registry import checked, known

    if OURS not in config.stash:
        config.stash[OURS] = known(config.stash[SETTINGS], workers=workers(config))
    ours = config.stash[OURS]
    # Asked each time: a conftest.py further down brings its own later.
    others = (checked(one) for one in config.hook.pytest_kworkload_make_provider(config=config) if one is not None)
    return {**ours, **{one.name: one for one in others}}


def workers(config: pytest.Config) -> int:
    """How many processes of this run run tests at the same time."""
    here = getattr(config, "workerinput", {}).get("workercount")  # pytest-xdist's word in a worker; elsewhere its option's
    return int(here or config.getoption("numprocesses", None) or 1)
