"""How kind clusters of ours are called: their directories, the clusters themselves, and their nodes."""

from __future__ import annotations

import os

PREFIX = "kind-"  # of the directories of such clusters
LONGEST_LABEL = 20  # characters: a node's name is its host's name too, which may have 63


def prefix(label: str) -> str:
    """How the directory of a new cluster begins: with whose it is, if that is known."""
    return f"{PREFIX}{label[:LONGEST_LABEL]}-" if label else PREFIX


def cluster_name(directory: str) -> str:
    """How the cluster of a directory is called. It has this user in it, because Docker's daemon is everybody's."""
    return f"{ours()}{directory.removeprefix(PREFIX).replace('_', '-')}"


def ours() -> str:
    """How the names of this user's clusters begin."""
    return f"kw-{os.getuid()}-"


def containers(cluster: str, count: int) -> list[str]:
    """How kind names the nodes, and their containers."""
    return [f"{cluster}-control-plane", *(f"{cluster}-worker{n if n > 1 else ''}" for n in range(1, count))]
