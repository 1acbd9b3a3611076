"""What the marker `kworkload` asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import SettingsError
from .providers.capabilities import ALONE, NEEDS, unknown

if TYPE_CHECKING:
    import pytest

TEXT = (
    "kworkload(nodes=N, needs=[...]): the test needs a cluster with at least N nodes that can do what the needs name "
    f"({', '.join(NEEDS)}); with {', '.join(sorted(ALONE))} it gets a cluster of its own"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """How many nodes a test asks for (0 if it does not say), and what it needs."""

    nodes: int = 0
    needs: tuple[str, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether the test gets a cluster to itself."""
        return not ALONE.isdisjoint(self.needs)


def asked(nodeid: str, markers: Iterable[pytest.Mark]) -> Asked:
    """What all markers of a test ask for together: the most nodes, every need. Raises SettingsError."""
    nodes, needs = 0, dict[str, None]()
    for marker in markers:
        try:
            nodes = max(nodes, _nodes(marker))
            needs.update(dict.fromkeys(_needs(marker)))
        except _Wrong as wrong:
            why, do = wrong.args
            raise SettingsError(f"{nodeid}: kworkload({_written(marker)})", why, do) from None
    return Asked(nodes, tuple(needs))


class _Wrong(Exception):
    """Why, and what to do."""


def _nodes(marker: pytest.Mark) -> int:
    others = [key for key in marker.kwargs if key not in ("nodes", "needs")]
    if marker.args or others:
        problem = f"it has no argument {others[0]!r}" if others else "it takes keyword arguments only"
        raise _Wrong(problem, "write pytest.mark.kworkload(nodes=3), or needs=[...], or both")
    nodes = marker.kwargs.get("nodes", 1)
    if not isinstance(nodes, int) or isinstance(nodes, bool) or nodes < 1:
        raise _Wrong("a cluster has at least 1 node", "write a whole number, 1 or more, or leave nodes out")
    return nodes if "nodes" in marker.kwargs else 0


def _needs(marker: pytest.Mark) -> list[str]:
    needs = marker.kwargs.get("needs", [])
    if not isinstance(needs, list | tuple) or not all(isinstance(one, str) for one in needs):
        raise _Wrong("needs is a list of names", 'write them as a list: needs=["nodes:stop"]')
    for need in needs:
        if need not in NEEDS:
            raise _Wrong(*unknown(need))
    return list(needs)


def _written(marker: pytest.Mark) -> str:
    return ", ".join([*map(repr, marker.args), *(f"{key}={value!r}" for key, value in marker.kwargs.items())])
