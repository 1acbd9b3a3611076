"""What a provider has to do."""

from __future__ import annotations

from typing import Protocol

from ..cluster.running import Running, Wish
from ..settings import Settings


class Provider(Protocol):
    """Starts clusters. `start` returns a usable one, or raises ClusterError with nothing left behind.

    `capabilities` are those of `capabilities.NEEDS` that its clusters have; a test that needs another one is skipped.
    A provider whose clusters can be shared is a `sharing.Joinable`; otherwise each worker starts its own.

    A provider whose clusters already exist may also be a `survey.Surveyed`.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> frozenset[str]: ...

    def start(self, wish: Wish, settings: Settings) -> Running: ...
