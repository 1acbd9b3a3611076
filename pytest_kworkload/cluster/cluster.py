"""A running cluster, as a test gets it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..errors import ApiError, ClusterError, KworkloadError, NotFound, SettingsError
from ..history.deadline import Deadline
from ..history.model import History
from ..history.recorder import KINDS, Recorder
from ..history.recording import Recording
from ..kube.versions import supported
from ..objects.nodes import node_named, trouble
from ..settings import Settings
from ..workloads.marks import RUN_LABEL
from .nodes import Node, described, whole
from .owners import keep
from .running import Faults, Running, Wish
from .undo import Undo, reverted

if TYPE_CHECKING:
    from ..kube.client import Client

START_SECONDS = 60.0  # for the first lists of the recorder


class Cluster:
    """The cluster of a session, or of one test that breaks it: what the fixture `kworkload_cluster` gives."""

    def __init__(
        self,
        running: Running,
        run: str,
        *,
        wish: Wish | None = None,
        settings: Settings | None = None,
        numbers: Iterator[int] | None = None,
    ) -> None:
        self.running, self.run = running, run
        self.reverts: list[Undo] = []  # how to revert the faults that are in force
        self.left: list[str] = []  # what could not be reverted
        self._wish, self._settings = wish or Wish(1), settings or Settings()
        self._numbers = numbers or itertools.count(1)  # for this process: its next cluster may be the same one

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
        return supported(self.client.version())

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes."""
        return sorted(str(one["metadata"]["name"]) for one in self.client.list("Node"))

    @cached_property
    def recorder(self) -> Recorder:
        """Watches every namespace of our cluster; on somebody else's, each test has its own recorder."""
        from ..kube.watch import ClusterSource

        recorder = Recorder(ClusterSource(self.client))
        try:
            recorder.record(KINDS, Deadline.after(START_SECONDS))
        except BaseException:  # Ctrl-C too: nothing else knows about its threads yet
            recorder.stop()
            raise
        return recorder

    def namespace_name(self) -> str:
        """A name that no other test, worker or run uses."""
        return f"kw-{self.run}-{next(self._numbers)}"

    def delete_namespace(self, name: str) -> None:
        """Ask it to end, unless that was done already."""
        try:
            self.client.delete("Namespace", name)
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    def keep(self, namespace: str = "", *, of: str = "") -> list[str]:
        """Keep the cluster after the run, and a namespace that a test leaves in it. Returns what to report."""
        if self.running.ours and self.running.directory is None:
            return [f"not kept: the provider {self.running.provider} ends its clusters with the run"]
        what = f"-n {namespace} get all" if namespace else f"get namespaces -l {RUN_LABEL}"
        if self.running.directory is None:
            end = f"{self.look} delete namespace {namespace}" if namespace else f"{self.look} delete namespace -l {RUN_LABEL}={self.run}"
        else:
            keep(self.running.directory)
            name = None if self._wish.alone else self._settings.reuse  # the name of the shared cluster
            end = f"kworkload down {name or self.running.directory.name}"
        return [f"kept{f' for {of}' if of else ''}: {self.look} {what}", f"to end it: {end}"]

    def deadline(self, timeout: float | None) -> Deadline:
        return Deadline.after(self._settings.timeout if timeout is None else timeout)

    def node(self, name: str) -> Node:
        """A node, to wait for or to break on purpose. Raises NotFound, which lists the nodes."""
        there = self.nodes
        if name not in there:
            raise NotFound.among("Node", name, "the cluster", there)
        return Node(self, name)

    def node_added(self, *, timeout: float | None = None) -> AbstractContextManager[Node]:
        """For the duration of a `with` block, add a node. Needs `nodes:add`."""

        def begin(undo: Undo, deadline: Deadline) -> Node:
            held = self.faults("nodes:add", "kworkload_cluster.node_added()").start("node-added", deadline)
            undo.by(held.end)
            self._await_node(held.node, "Ready", deadline)
            return Node(self, held.node)

        return reverted(self, "node_added()", begin, lambda node, deadline: self._await_node(node.name, "gone", deadline), timeout)

    def stopped(self, component: str, *, timeout: float | None = None) -> AbstractContextManager[None]:
        """For the duration of a `with` block, stop kube-scheduler, kube-controller-manager or kube-apiserver by killing it.

        Needs `control-plane:stop`. While the API server is stopped, every call fails; the block ends only when it is back,
        and the recording resumes where it was.
        """
        what = f"stopped({component!r})"

        def begin(undo: Undo, deadline: Deadline) -> list[str]:
            faults, nodes = self.faults("control-plane:stop", f"kworkload_cluster.{what}"), self.nodes
            undo.by(faults.start("component-stopped", deadline, component=component).end)
            return nodes

        def end(nodes: list[str], deadline: Deadline) -> None:
            if component == "kube-apiserver":
                with self.watched(*KINDS, deadline=deadline) as recording:
                    recording.barrier(deadline, *KINDS)
                whole(self, nodes, deadline)  # it had no reports from them for a while

        @contextmanager
        def block() -> Iterator[None]:
            with reverted(self, what, begin, end, timeout):
                yield

        return block()

    @contextmanager
    def watched(self, *kinds: str, deadline: Deadline) -> Iterator[Recording]:
        """What happens to these kinds in the whole cluster, for the duration of a `with` block."""
        from ..kube.watch import ClusterSource

        recorder = self.recorder if self.running.ours else Recorder(ClusterSource(self.client))
        try:
            recording = Recording(recorder, None, self.look, "nodes")
            try:
                for kind in kinds:
                    recording.require(kind, deadline)
                yield recording
            finally:
                recording.close()
        finally:
            if not self.running.ours:
                recorder.stop()

    def faults(self, need: str, call: str) -> Faults:
        """What can break the cluster, if the test has declared that it will. Raises SettingsError and ClusterError."""
        self.declared(need, call)
        if self.running.faults is None:
            raise ClusterError(f"{call} with the provider {self.running.provider}", "it declares this capability but has no faults")
        self.check()
        return self.running.faults

    def declared(self, need: str, call: str) -> None:
        """Raises SettingsError unless the test has declared that it will break the cluster like that."""
        if need not in self._wish.needs:
            declared = ", ".join(self._wish.needs)
            raise SettingsError(
                f"{call} in a test that has not declared it",
                f"its marker needs only {declared}" if declared else "this cluster is shared, and other tests would run on a broken one",
                f'mark the test, its class or its module with pytest.mark.kworkload(needs=["{need}"]); '
                "it gets a cluster of its own if it or one of its fixtures takes kworkload or kworkload_cluster as an argument",
            )

    def load_image(self, path: str | Path, *, name: str | None = None) -> list[str]:
        """Load the images of an archive (docker save, OCI layout) into the cluster. Returns their names, in full.

        `name` replaces the name that the archive has for its single image. Raises ClusterError.
        """
        if self.running.load is None:
            raise ClusterError(
                f"load_image({str(path)!r}) with the provider {self.running.provider}",
                "this provider loads no images from archives; its nodes pull theirs from registries",
                "use --kworkload-provider=embedded, or push the image to where the cluster's nodes pull from",
            )
        return self.running.load(Path(path).absolute(), name)

    def check(self) -> None:
        """Raise ClusterError if the cluster no longer runs."""
        trouble = self.running.trouble()
        if trouble is not None:
            raise ClusterError("the cluster no longer runs", trouble, "start the tests again; if it happens again, report the text above")
        if self.left:
            raise ClusterError("the cluster has not been whole since a fault", "\n".join(self.left), "repair it, or start the tests again")

    @cached_property
    def facts(self) -> list[str]:
        """Lines for the reader: provider, version, nodes, start time, what is shortened or mapped."""
        running = self.running
        alone = " · for one test alone" if self._wish.alone else ""
        start = f" · usable after {running.seconds:.1f} s" if running.seconds else ""
        lines = [f"{running.provider} · Kubernetes {self.version} · {self._size}{start}{alone}"]
        if running.timings:
            lines.append("shortened: " + ", ".join(f"{name} {value}" for name, value in sorted(running.timings.items())))
        if running.images:
            lines.append("images mapped: " + ", ".join(f"{pattern}={kind}" for pattern, kind in sorted(running.images.items())))
        if running.loaded:
            lines.append("images loaded: " + ", ".join(running.loaded))
        return [*lines, *running.notes]

    @property
    def _size(self) -> str:
        try:
            nodes = len(self.nodes)
        except ApiError as error:
            if error.status != 403 or self.running.ours:
                raise
            return "nodes that this user may not see"
        return f"{nodes} node{'s' if nodes != 1 else ''}"

    @property
    def look(self) -> str:
        """The start of a kubectl command for this cluster."""
        context = f" --context {self.running.context}" if self.running.context else ""
        return f"kubectl --kubeconfig {self.kubeconfig}{context}"

    def _await_node(self, name: str, state: Literal["Ready", "gone"], deadline: Deadline) -> None:
        def reached(history: History) -> bool:
            found = node_named(history, name)
            return found is None if state == "gone" else trouble(found) is None

        with self.watched("Node", deadline=deadline) as recording:
            recording.barrier(deadline, "Node")
            recording.wait_for(reached, f"{name} to be {state}", deadline, seen=lambda history: described(history, name))

    def take_back(self) -> None:
        """What is still in force, from blocks that an interruption kept from ending."""
        for undo in reversed(self.reverts):
            with contextlib.suppress(KworkloadError):
                undo(self.deadline(None))

    def close(self) -> None:
        self.take_back()
        try:
            if "recorder" in self.__dict__:
                self.recorder.stop()
            if "client" in self.__dict__:
                self.client.close()
        finally:
            self.running.stop()
