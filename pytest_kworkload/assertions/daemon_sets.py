"""DaemonSets: how they update, and where their pods stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from ..guarantees.daemon_sets import one_per_node
from ..guarantees.daemon_sets.daemon_update import check_daemon_update
from ..guarantees.daemon_sets.follows_nodes import check_follows_nodes
from ..guarantees.daemon_sets.one_per_node import astray
from ..guarantees.daemon_sets.tolerations import check_tolerations
from ..history.deadline import Deadline
from ..history.recording import Mark
from ..workloads.controllers import DaemonSet, Workload
from .bounds import checked
from .window import Evidence, Window, at_rest, held, judged, kinds_of, settled


class DaemonUpdate(Evidence):
    """The nodes in question, the most without an available pod and the most with a second one, and what that was held against."""

    nodes: tuple[str, ...]
    highest_unavailable: int
    highest_surge: int
    bound: int
    surge: int
    states: int
    seconds: float


class FollowsNodes(Evidence):
    """The nodes that came to have a pod, that ceased to, that did both, and those whose pod stayed."""

    joined: tuple[str, ...]
    left: tuple[str, ...]
    returned: tuple[str, ...]
    kept: tuple[str, ...]


class Tolerations(Evidence):
    """The pods, and the taints that they tolerate."""

    pods: tuple[str, ...]
    taints: tuple[str, ...]


def assert_daemon_rolling_update(
    daemon_set: DaemonSet,
    *,
    max_unavailable: int | str | None = None,
    max_surge: int | str | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[DaemonUpdate]:
    """During the update that the `with` block starts, few enough eligible nodes are without an available pod in every state.

    `max_unavailable` is what the workload can bear, a number or a percentage of the eligible nodes (rounded up); without it
    the strategy's own promise counts and is printed. `max_surge` is the same for the nodes that have a new pod beside the
    available old one and wait for it; without a surge a node never has two. Which nodes are eligible in a state is computed from
    the Node objects: one that goes counts until then, one that comes from its first available pod on, and a percentage is of the
    most that there were. What happened in the window counts, whoever did it. `timeout` is in seconds, for the update to settle.

    Fails as vacuous if the block makes no new revision, if the template has no readiness signal, or if the bound permits
    every node to be without a pod. Guarantee: ds-rolling-update.
    """
    checked("max_unavailable", max_unavailable, "write how many nodes may be without an available pod, or their share")
    checked("max_surge", max_surge, "write how many nodes may have a second pod, or their share")
    return Window(
        "assert_daemon_rolling_update",
        daemon_set,
        DaemonUpdate(),
        ("Pod", "DaemonSet", "Node"),
        judge=lambda history: check_daemon_update(history, daemon_set.uid, max_unavailable, max_surge),
        timeout=timeout,
    ).by(trigger)


def assert_follows_nodes(
    daemon_set: Workload, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[FollowsNodes]:
    """The `with` block changes nodes: those that it makes eligible get a daemon pod, those that may keep none lose theirs.

    A node joins or leaves, gets or loses a label that the template asks for, or a NoExecute taint that it does not tolerate.
    On all other nodes the pods are left alone, also on one that gets a NoSchedule taint. Which nodes are eligible is computed
    from the Node objects. It waits at most `timeout` seconds for the DaemonSet to follow; by nature the pod of a node that is
    gone is collected 40 to 80 s later, which no setting shortens. On a node that changes back, the pod must have been told to go
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


def assert_tolerates_node_conditions(workload: Workload, *, timeout: float | None = None) -> Tolerations:
    """Every pod of the DaemonSet tolerates a node that is cordoned, under pressure, not ready or out of reach.

    It is the pods that are looked at, when the DaemonSet has settled, at most `timeout` seconds. The taint of a control plane
    is not among these: assert_one_pod_per_node tells of it. Guarantee: ds-tolerations.
    """
    namespace = workload.namespace
    settled(workload, namespace.deadline(timeout))
    kinds = kinds_of(workload.kind)
    finding = judged(namespace, None, kinds, lambda history: check_tolerations(history, workload.kind, workload.uid))
    held(finding, namespace.recording.look)
    return Tolerations().fill(finding.evidence)


class OnePodPerNode(Evidence):
    """The nodes in question, the eligible ones, and the pods on each."""

    nodes: tuple[str, ...]
    eligible: tuple[str, ...]
    pods: Mapping[str, tuple[str, ...]]


def assert_one_pod_per_node(
    daemon_set: Workload, *, nodes: Literal["eligible", "all"] = "eligible", timeout: float | None = None
) -> OnePodPerNode:
    """Exactly one Ready pod of the DaemonSet on every node, and none where none belongs.

    `nodes`: "eligible" means the nodes that the template's selector, affinity and tolerations admit, computed from the Node
    objects and not from the DaemonSet's status; "all" means every node. Waits at most `timeout` seconds for the DaemonSet to
    settle. Fails as vacuous if fewer than two nodes are in question. Guarantee: ds-one-per-node.
    """
    kinds = kinds_of(daemon_set.kind, "Node")
    finding, late = at_rest(
        daemon_set, kinds, timeout, lambda history: one_per_node.check_one_per_node(history, daemon_set.kind, daemon_set.uid, nodes)
    )
    if late is not None:
        raise late
    return OnePodPerNode().fill(finding.evidence)
