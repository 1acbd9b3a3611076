"""What a provider has to do."""

from __future__ import annotations

from typing import Protocol

from ..cluster.running import Running, Wish
from ..settings import Settings


class Provider(Protocol):
    """Starts clusters. `start` returns a usable one, or raises ClusterError with nothing left behind.

    `capabilities` are those of `capabilities.NEEDS` that its clusters have; a test that needs another one is skipped.
    A provider whose clusters can be shared is a `sharing.Joinable`; with any other each worker starts its own.

    One whose clusters are there already may be a `survey.Surveyed` too.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> frozenset[str]: ...

    def start(self, wish: Wish, settings: Settings) -> Running: ...
