"""What a provider has to do, and what a test gets of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..errors import ClusterError
from ..history.deadline import Deadline
from ..history.recorder import KINDS, Recorder
from ..settings import Settings

if TYPE_CHECKING:
    from ..kube.client import Client

START_SECONDS = 60.0  # for the first lists of the recorder


@dataclass(frozen=True, slots=True)
class Wish:
    """What the tests that share a cluster ask for; tests with equal wishes share one.

    `arguments` are further ones for the provider's own program, in its own terms; a provider without a program ignores them.
    """

    nodes: int
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """A cluster that a provider has made usable.

    `ours` says that the whole cluster is this run's, `seconds` how long it took, `timings` what is shortened in it, `images`
    the mappings in use, `loaded` the names of the images that came from archives. `stop` ends it; `trouble` tells why it no
    longer runs, or None; `load` takes an archive and a name for its image, if this provider can.
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
    load: Callable[[Path, str | None], list[str]] | None = None


class Provider(Protocol):
    """Starts clusters. `start` returns a usable one, or raises ClusterError with nothing left behind."""

    @property
    def name(self) -> str: ...

    def start(self, wish: Wish, settings: Settings) -> Running: ...


class Cluster:
    """The cluster of a session: what the fixture `kworkload_cluster` gives."""

    def __init__(self, running: Running, run: str) -> None:
        self.running, self.run = running, run
        self._namespaces = 0

    def __repr__(self) -> str:
        return f"<cluster of provider {self.running.provider}>"

    @property
    def kubeconfig(self) -> Path:
        """The path of the kubeconfig, for other clients."""
        return self.running.kubeconfig

    @cached_property
    def client(self) -> Client:
        """The raw client: objects as dicts."""
        from ..kube.client import Client

        return Client(self.running.kubeconfig, self.running.context)

    @cached_property
    def version(self) -> str:
        return self.client.version()

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes."""
        return sorted(str(one["metadata"]["name"]) for one in self.client.list("Node"))

    @cached_property
    def recorder(self) -> Recorder:
        """Watches every namespace of a cluster of ours; on another one each test has a recorder of its own."""
        from ..kube.watch import ClusterSource

        recorder = Recorder(ClusterSource(self.client))
        try:
            recorder.record(KINDS, Deadline.after(START_SECONDS))
        except BaseException:  # Ctrl-C too: nobody else knows of its threads yet
            recorder.stop()
            raise
        return recorder

    def namespace_name(self) -> str:
        """A name that no other test, worker or run uses."""
        self._namespaces += 1
        return f"kw-{self.run}-{self._namespaces}"

    def load_image(self, path: str | Path, *, name: str | None = None) -> list[str]:
        """Give the cluster the images of an archive (docker save, OCI layout), from now on. Returns their names, in full.

        With `name` the archive's one image is called that, instead of what the archive says. Raises ClusterError.
        """
        if self.running.load is None:
            raise ClusterError(
                f"load_image({str(path)!r}) with the provider {self.running.provider}",
                "this provider takes no images of archives; its nodes pull theirs from registries",
                "use --kworkload-provider=embedded, or push the image to where the cluster's nodes pull from",
            )
        return self.running.load(Path(path).absolute(), name)

    def check(self) -> None:
        """Raise ClusterError if the cluster no longer runs."""
        trouble = self.running.trouble()
        if trouble is not None:
            raise ClusterError("the cluster no longer runs", trouble, "start the tests again; if it happens again, report the text above")

    @cached_property
    def facts(self) -> list[str]:
        """Lines for the reader: provider, version, nodes, start time, what is shortened or mapped."""
        running = self.running
        start = f" · usable after {running.seconds:.1f} s" if running.seconds else ""
        nodes = len(self.nodes)
        lines = [f"{running.provider} · Kubernetes {self.version} · {nodes} node{'s' if nodes != 1 else ''}{start}"]
        if running.timings:
            lines.append("shortened: " + ", ".join(f"{name} {value}" for name, value in sorted(running.timings.items())))
        if running.images:
            lines.append("images mapped: " + ", ".join(f"{pattern}={kind}" for pattern, kind in sorted(running.images.items())))
        if running.loaded:
            lines.append("images loaded: " + ", ".join(running.loaded))
        return lines

    def close(self) -> None:
        try:
            if "recorder" in self.__dict__:
                self.recorder.stop()
            if "client" in self.__dict__:
                self.client.close()
        finally:
            self.running.stop()
