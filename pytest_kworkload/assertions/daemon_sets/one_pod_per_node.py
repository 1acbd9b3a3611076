"""One pod per node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ...guarantees.daemon_sets.one_pod_per_node import check_one_per_node
from ...workloads.controllers import Workload
from ..window import Evidence, at_rest, kinds_of


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
    finding, late = at_rest(daemon_set, kinds, timeout, lambda history: check_one_per_node(history, daemon_set.kind, daemon_set.uid, nodes))
    if late is not None:
        raise late
    return OnePodPerNode().fill(finding.evidence)
