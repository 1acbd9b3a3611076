"""A node of the cluster, and what can be done to it. Every fault is a `with` block and is reverted when the block ends."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ..history.deadline import Deadline
from ..history.model import History, Object
from ..history.recording import Recording
from ..objects.nodes import CORDONED, node_named, silent, taints, trouble, unreachable
from . import administration, draining
from .running import Faults
from .undo import Breakable, Undo, reverted

if TYPE_CHECKING:
    from ..kube.client import Client

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class Surroundings(Breakable, Protocol):
    """What a node needs from its cluster."""

    @property
    def client(self) -> Client: ...

    def watched(self, *kinds: str, deadline: Deadline) -> AbstractContextManager[Recording]:
        """What happens to these kinds in the whole cluster, for the duration of a `with` block."""

    def declared(self, need: str, call: str) -> None:
        """Raises SettingsError if the test has not declared that it will break the cluster like that."""

    def faults(self, need: str, call: str) -> Faults:
        """The same check; returns what the provider can do to the cluster."""


class Node:
    """A node by its name. Timeouts are in seconds; the default is the setting `kworkload_timeout`.

    A block ends when the fault is reverted and the node is whole: Ready, with a lease that it has renewed since. If that takes
    too long, the test fails.
    """

    def __init__(self, cluster: Surroundings, name: str) -> None:
        self._cluster, self.name = cluster, name

    def __repr__(self) -> str:
        return f"<node {self.name}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and (self._cluster, self.name) == (other._cluster, other.name)

    def __hash__(self) -> int:
        return hash(self.name)

    def get(self) -> dict[str, Any]:
        """The Node object as it is now, raw."""
        return self._cluster.client.get("Node", self.name)

    # Faults of the machine: they need `nodes:stop`.

    def kubelet_stopped(self, *, timeout: float | None = None) -> AbstractContextManager[Node]:
        """The kubelet is killed; the containers go on running. Reverted by starting it again."""
        return self._stopped("kubelet-stopped", "kubelet_stopped()", timeout)

    def restart_kubelet(self, *, timeout: float | None = None) -> None:
        """Kill the kubelet and start it again at once. No container restarts."""
        with self._stopped("kubelet-restarted", "restart_kubelet()", timeout):
            pass

    def frozen(self, *, timeout: float | None = None) -> AbstractContextManager[Node]:
        """Every process on the node stops where it is: kubelet, containers, probes. Reverted by letting them continue."""
        return self._stopped("node-frozen", "frozen()", timeout)

    def killed(self, *, timeout: float | None = None) -> AbstractContextManager[Node]:
        """Everything on the node ends at once, as in a loss of power. Reverted by a boot: same name, address and disk."""
        return self._stopped("node-killed", "killed()", timeout)

    def removed(self, *, timeout: float | None = None) -> AbstractContextManager[Node]:
        """The node is killed, and its Node object and its disk are gone. Reverted by a new node of that name."""
        return self._stopped("node-removed", "removed()", timeout)

    # What an administrator does through the API server: it needs `nodes:cordon`.

    def cordoned(self, *, timeout: float | None = None) -> AbstractContextManager[Node]:
        """No new pods are scheduled to the node, except DaemonSets'. Reverted as by `kubectl uncordon`, unless it was cordoned before."""
        return self._administered("cordoned()", self._cordon, _admits, timeout)

    def drained(
        self,
        *,
        force: bool = False,
        delete_emptydir_data: bool = False,
        grace_seconds: int | None = None,
        timeout: float | None = None,
    ) -> AbstractContextManager[Node]:
        """The node is cordoned, and its pods are evicted and gone: `kubectl drain --ignore-daemonsets`.

        PodDisruptionBudgets are respected: an eviction that one refuses is retried whenever pods or budgets change, until
        `timeout`. Pods of DaemonSets stay. As with kubectl, a pod without a controller needs `force`, a pod with an
        emptyDir needs `delete_emptydir_data`. Reverted as by `kubectl uncordon`, which does not bring the pods back.
        """

        def begin(undo: Undo, deadline: Deadline) -> None:
            with self._cluster.watched(*draining.KINDS, deadline=deadline) as recording:
                self._cordon(undo, deadline)
                draining.drain(
                    self._cluster.client,
                    recording,
                    self.name,
                    deadline,
                    grace_seconds=grace_seconds,
                    force=force,
                    delete_emptydir_data=delete_emptydir_data,
                )

        return self._administered("drained()", begin, _admits, timeout)

    def tainted(
        self, key: str, *, value: str = "", effect: Effect = "NoSchedule", timeout: float | None = None
    ) -> AbstractContextManager[Node]:
        """The node gets one more taint. With the effect NoExecute, pods that do not tolerate it have to go."""
        taint = {"key": key, "effect": effect, **({"value": value} if value else {})}

        def begin(undo: Undo, deadline: Deadline) -> None:
            administration.refuse_twice(self.get(), taint)  # before there is anything to revert
            self._change(administration.change(taint), undo, deadline)

        return self._administered(f"tainted({key!r})", begin, lambda node: None, timeout)

    # Waiting.

    def wait_ready(self, timeout: float | None = None) -> Node:
        """Wait until the node is usable: it is Ready and not marked as unreachable. Raises WaitTimeout."""
        self._wait(lambda node: trouble(node) is None, f"{self.name} to be Ready", timeout)
        return self

    def wait_unreachable(self, timeout: float | None = None) -> Node:
        """Wait until the cluster has lost the node: Ready is Unknown, and the taint `unreachable` is there.

        This takes as long as a node is given to report: 40 to 50 s by default, less on the embedded cluster. Raises WaitTimeout.
        """
        self._wait(unreachable, f"{self.name} to be unreachable", timeout)
        return self

    def _wait(self, condition: Callable[[Object | None], bool], awaiting: str, timeout: float | None) -> None:
        deadline = self._cluster.deadline(timeout)
        with self._cluster.watched("Node", deadline=deadline) as recording:
            recording.wait_for(
                lambda history: condition(node_named(history, self.name)),
                awaiting,
                deadline,
                seen=lambda history: described(history, self.name),
            )

    def _stopped(self, fault: str, what: str, timeout: float | None) -> AbstractContextManager[Node]:
        cluster = self._cluster

        def begin(undo: Undo, deadline: Deadline) -> Node:
            held = cluster.faults("nodes:stop", f"node.{what}").start(fault, deadline, node=self.name)
            undo.by(held.end)
            return self

        return reverted(cluster, f"{what} of {self.name}", begin, lambda node, deadline: whole(cluster, [self.name], deadline), timeout)

    def _administered(
        self,
        what: str,
        begin: Callable[[Undo, Deadline], None],
        trouble: Callable[[Object], str | None],
        timeout: float | None,
    ) -> AbstractContextManager[Node]:
        cluster = self._cluster

        def start(undo: Undo, deadline: Deadline) -> Node:
            cluster.declared("nodes:cordon", f"node.{what}")
            begin(undo, deadline)
            return self

        def end(node: Node, deadline: Deadline) -> None:
            with cluster.watched("Node", deadline=deadline) as recording:
                recording.barrier(deadline, "Node")
                recording.wait_for(
                    lambda history: (found := node_named(history, self.name)) is None or trouble(found) is None,
                    f"{self.name} to be as before",
                    deadline,
                    seen=lambda history: trouble(node_named(history, self.name) or {"spec": {}}) or "",
                )

        return reverted(cluster, f"{what} of {self.name}", start, end, timeout)

    def _cordon(self, undo: Undo, deadline: Deadline) -> None:
        if self.get()["spec"].get("unschedulable"):
            return  # by somebody else, who will revert it
        self._change(administration.change(), undo, deadline)

    def _change(self, change: administration.Change, undo: Undo, deadline: Deadline) -> None:
        client = self._cluster.client
        undo.by(lambda deadline: administration.take_back(client, self.name, change, deadline))
        administration.make(client, self.name, change, deadline)


def whole(cluster: Surroundings, names: Collection[str], deadline: Deadline) -> None:
    """Wait until these nodes are usable again, and have renewed their leases from now on: older reports do not count."""
    with cluster.watched("Node", "Lease", deadline=deadline) as recording:
        recording.barrier(deadline, "Node", "Lease")
        recording.wait_for(
            lambda history: not silent(history, names) and all(trouble(node_named(history, name)) is None for name in names),
            f"{', '.join(names)} to be Ready again",
            deadline,
            since=recording.mark(),
            seen=lambda history: "\n".join(
                [described(history, name) for name in names] + [f"{name} has not renewed its lease" for name in silent(history, names)]
            ),
        )


def _admits(node: Object) -> str | None:
    """Why new pods cannot come to a node yet, although it is not cordoned: the controller removes the taint a moment later."""
    return f"it still has the taint {CORDONED}" if CORDONED in taints(node) and not node["spec"].get("unschedulable") else None


def described(history: History, name: str) -> str:
    return f"{name}: {trouble(node_named(history, name)) or 'Ready'}"
