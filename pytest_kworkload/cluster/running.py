"""A cluster that a provider has made usable, the wish behind it, and the faults that the provider can do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..history.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Wish:
    """What the tests that share a cluster ask for; tests with equal wishes share one.

    `arguments` are more arguments for the provider's own program, in its own terms; a provider without a program ignores them.
    `needs` are those of the test that has the cluster to itself; `alone` is the number of that test's run, 0 if it is shared.
    `label` is for a provider that gives its clusters names: the run, and the worker if it is one worker's own, or the name to reuse.
    """

    nodes: int
    arguments: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    alone: int = 0
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Running:
    """A cluster that a provider has made usable.

    `ours` says that the whole cluster belongs to this run, `seconds` how long it took, `timings` what is shortened in it, `images`
    the mappings in use, `loaded` the names of the images that came from archives, `notes` are more lines for the report.
    `stop` ends it; `trouble` says why it no longer runs, or None; `load` loads an archive, with a name for its image, if this provider
    can. `faults` break it on purpose. `logs` writes its components' logs into a directory, which may have other files already; it
    raises OSError or ClusterError.

    A cluster that other processes may use has a `directory` in `owners.home()`, with the owners' lock in it, and a `record`:
    what the provider's `join` needs, as JSON can hold it (see sharing.py). `stop` then ends it only if nobody else uses it.
    """

    provider: str
    kubeconfig: Path
    stop: Callable[[], None]
    context: str | None = None
    ours: bool = True
    seconds: float = 0.0
    timings: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    trouble: Callable[[], str | None] = lambda: None
    loaded: Sequence[str] = ()
    notes: Sequence[str] = ()
    load: Callable[[Path, str | None], list[str]] | None = None
    logs: Callable[[Path], object] | None = None
    faults: Faults | None = None
    directory: Path | None = None
    record: Mapping[str, Any] | None = None


class Fault(Protocol):
    """A fault that is in force. `node` is the one that joined, if the fault is node-added."""

    @property
    def node(self) -> str: ...

    def end(self, deadline: Deadline) -> None:
        """Revert it; returns when that is done. Raises ClusterError if it cannot be done."""


class Faults(Protocol):
    """What a provider can do to one of its clusters.

    With a node: kubelet-stopped, kubelet-restarted, node-frozen, node-killed, node-removed. With a component: component-stopped.
    With neither: node-added.
    """

    def start(self, fault: str, deadline: Deadline, *, node: str = "", component: str = "") -> Fault:
        """Returns when the fault is in force. Raises ClusterError, and then nothing is changed."""
