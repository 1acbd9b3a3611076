"""What the assertions need to know of a node."""

from __future__ import annotations

from typing import Protocol


class Node(Protocol):
    """A node, as `kworkload_cluster.node(name)` gives it."""

    name: str
