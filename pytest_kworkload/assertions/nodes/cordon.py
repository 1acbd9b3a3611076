"""Where new pods go while a node is cordoned."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...guarantees.nodes.cordon import check_cordon
from ...workloads.controllers import Workload
from ..window import Evidence, Window, kinds_of
from .node import Node


class Cordon(Evidence):
    """The node of each pod that was placed."""

    placed: Mapping[str, str]


def assert_cordon_respected(
    workload: Workload, node: Node, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Cordon]:
    """No pod of the workload that is placed in the `with` block is placed on the node, which is cordoned all that time.

    Cordon the node around the assertion. Pods that tolerate node.kubernetes.io/unschedulable are placed there all the same, as
    those of a DaemonSet are. `timeout`, in seconds, is for the workload to settle.

    Fails as vacuous if no pod was placed, or if it was not the cordon that kept the pods away: they tolerate it, or would not be
    placed on the node without it. Guarantee: node-cordon.
    """
    return Window(
        "assert_cordon_respected",
        workload,
        Cordon(),
        kinds_of(workload.kind, "Node"),
        judge=lambda history: check_cordon(history, workload.kind, workload.uid, node.name),
        timeout=timeout,
    ).by(trigger)
