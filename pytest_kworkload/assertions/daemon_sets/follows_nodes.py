"""What a DaemonSet does when nodes come, go, or change."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.daemon_sets.follows_nodes import check_follows_nodes
from ...guarantees.daemon_sets.one_pod_per_node import astray
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.controllers import Workload
from ..window import Evidence, Window, kinds_of, settled


class FollowsNodes(Evidence):
    """The nodes that came to have a pod, that ceased to, that did both, and those whose pod stayed."""

    joined: tuple[str, ...]
    left: tuple[str, ...]
    returned: tuple[str, ...]
    kept: tuple[str, ...]


def assert_follows_nodes(
    daemon_set: Workload, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[FollowsNodes]:
    """The `with` block changes nodes: those that it makes eligible get a daemon pod, those that may keep none lose theirs.

    A node joins or leaves, gets or loses a label that the template asks for, or a NoExecute taint that it does not tolerate.
    On all other nodes the pods are left alone, also on one that gets a NoSchedule taint. Which nodes are eligible is computed
    from the Node objects. It waits at most `timeout` seconds for the DaemonSet to follow; the pod of a node that is gone is
    collected 40 to 80 s later, which no setting shortens. On a node that changes back, the pod must have been told to go
    if there was time for that: 20 s. Fails as vacuous if no node changed for the DaemonSet. Guarantee: ds-follows-nodes.
    """
    kind, recording = daemon_set.kind, daemon_set.namespace.recording

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording.barrier(deadline, "Node")
        if kind == "DaemonSet":
            recording.wait_for(
                lambda history: not astray(history, daemon_set.uid),
                f"{daemon_set} to follow the nodes",
                deadline,
                seen=lambda history: "\n".join(line for one in astray(history, daemon_set.uid) for line in one.lines),
            )
        settled(daemon_set, deadline)

    return Window(
        "assert_follows_nodes",
        daemon_set,
        FollowsNodes(),
        kinds_of(kind, "Node"),
        judge=lambda history: check_follows_nodes(history, kind, daemon_set.uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)
