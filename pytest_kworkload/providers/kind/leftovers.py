"""What is left of kind clusters: kept ones, directories whose guardian was killed, and containers whose directory is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ...cluster import owners
from ...errors import ClusterError
from ..leftovers import TO_START, UNUSED, Leftover, Untouched
from ..provider import Provider
from ..sharing import RECORD, end, entry
from . import guardian
from .docker import Docker
from .names import PREFIX, cluster_name, ours


def found(provider: Provider, *, hours: float) -> list[Leftover | Untouched]:
    """All that belong to this user. Without Docker no containers can be found; `hours` are those of `_containers`."""
    directories = sorted(owners.home().glob(f"{PREFIX}*"))
    left = [one for one in (_directory(provider, path) for path in directories) if one is not None]
    return [*left, *_containers({cluster_name(path.name) for path in directories}, hours)]


def delete(directory: Path, name: str) -> None:
    """What is left of a cluster without a guardian. Raises ClusterError without Docker, and then the directory stays."""
    if (directory / guardian.RECORD).exists():  # otherwise it never had a container
        Docker().delete_cluster(name)
    owners.remove(directory)


def _directory(provider: Provider, directory: Path) -> Leftover | None:
    try:
        since, name = directory.stat().st_mtime, cluster_name(directory.name)
        if owners.owned(directory):
            return None
        if owners.held(directory / guardian.RECORD):
            kept = entry(directory / RECORD) if owners.kept(directory) else None
            if kept is None:
                return None  # it is on its way out
            return Leftover(f"kind cluster {kept.name or name}", kept.since, UNUSED, partial(end, provider, kept))
        if time.time() - since < TO_START:
            return None
        if (directory / guardian.RECORD).exists():
            return Leftover(f"kind cluster {name} of {directory}", since, "its guardian was killed", partial(delete, directory, name))
        return Leftover(f"directory {directory}", since, "its start was killed", partial(delete, directory, name))
    except FileNotFoundError:
        return None  # it has just gone


def _containers(known: set[str], hours: float) -> Iterator[Leftover | Untouched]:
    """Clusters that have no directory here, and no guardian.

    Another machine may use the same Docker daemon, or a container that sees neither these files nor these processes. So such a
    cluster may be in use, and only its age in hours tells that it is left over.
    """
    try:
        docker = Docker()
        clusters = docker.clusters()
    except ClusterError:
        return
    known = known | guardian.guarded()
    for name, since in sorted(clusters.items()):
        if name.startswith(ours()) and name not in known:
            what, age = f"kind cluster {name}", (time.time() - since) / 3600
            why = f"it was made {age:.0f} hours ago, and has no directory and no guardian here"
            if age > hours:
                yield Leftover(what, since, why, partial(docker.delete_cluster, name))
            else:
                yield Untouched(what, f"{why}; they may be on another machine or in another container (--older-than)")
