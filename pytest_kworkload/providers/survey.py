"""What a provider whose clusters already exist says about one, before the first test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from ..settings import Settings
from .provider import Provider


@dataclass(frozen=True, slots=True)
class Survey:
    """`where` names the cluster, `lacks` says why it cannot meet a need, `nodes` is how many there are.

    If the nodes may not be listed, `nodes` is None and `lacks["nodes:read"]` says why.
    """

    where: str
    lacks: Mapping[str, str]
    nodes: int | None


@runtime_checkable
class Surveyed(Provider, Protocol):
    """`announce` says what will be done to a cluster, without asking it. `survey` asks it; `detected` are the needs that this finds out.

    `withheld` are the needs that it would have with other settings, and which: {"nodes:cordon": "--kworkload-allow-node-faults"}.
    """

    @property
    def detected(self) -> frozenset[str]: ...

    @property
    def withheld(self) -> Mapping[str, str]: ...

    def announce(self, settings: Settings, run: str) -> list[str]: ...

    def survey(self, settings: Settings) -> Survey: ...
