"""What is left of kind clusters: kept ones, directories whose guardian was killed, and containers whose directory is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ..errors import ClusterError
from . import kind_guardian as guardian
from . import owners
from .base import Provider
from .docker import Docker
from .kind_names import PREFIX, cluster_name, ours
from .leftovers import TO_START, UNUSED, Leftover
from .sharing import RECORD, end, entry


def found(provider: Provider) -> list[Leftover]:
    """All of this user's. Without Docker there are no containers to be found."""
    directories = sorted(owners.home().glob(f"{PREFIX}*"))
    left = [one for one in (_directory(provider, path) for path in directories) if one is not None]
    return left + list(_containers({cluster_name(path.name) for path in directories}))


def delete(directory: Path, name: str) -> None:
    """What is left of a cluster without a guardian. Raises ClusterError without Docker, and then the directory stays."""
    if (directory / guardian.RECORD).exists():  # otherwise no container was ever made
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


def _containers(known: set[str]) -> Iterator[Leftover]:
    """Of clusters that have no directory here, and no guardian: one of another TMPDIR has a directory there."""
    try:
        docker = Docker()
        clusters = docker.clusters()
    except ClusterError:
        return
    known = known | guardian.guarded()
    for name, since in sorted(clusters.items()):
        if name.startswith(ours()) and name not in known:
            yield Leftover(f"kind cluster {name}", since, "its directory is gone", partial(docker.delete_cluster, name))
