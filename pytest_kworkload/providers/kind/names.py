"""The names of our kind clusters: their directories, the clusters themselves, and their nodes."""

from __future__ import annotations

import os

PREFIX = "kind-"  # how the directories of such clusters begin
LONGEST_LABEL = 20  # characters: a node's name is also its host name, which may have 63


def prefix(label: str) -> str:
    """How the name of a new cluster's directory begins: with its owner, if that is known."""
    return f"{PREFIX}{label[:LONGEST_LABEL]}-" if label else PREFIX


def cluster_name(directory: str) -> str:
    """The name of a directory's cluster. It contains this user, because everybody shares Docker's daemon."""
    return f"{ours()}{directory.removeprefix(PREFIX).replace('_', '-')}"


def ours() -> str:
    """The prefix of this user's cluster names."""
    return f"kw-{os.getuid()}-"


def containers(cluster: str, count: int) -> list[str]:
    """How kind names the nodes, and their containers."""
    return [f"{cluster}-control-plane", *(f"{cluster}-worker{n if n > 1 else ''}" for n in range(1, count))]
