"""What becomes of the pods of a lost node, and what replaces them."""

from __future__ import annotations

from ...guarantees.finding import Finding
from ...guarantees.nodes.node_loss import check_node_loss, hopeless, node_lost, pods_on, pods_replaced
from ...history.model import History
from ...workloads.controllers import Workload
from ..window import Evidence, after, kinds_of
from .node import Node


class Rescheduled(Evidence):
    """The pods of the lost node, those that were created meanwhile, and how long it took."""

    lost: tuple[str, ...]
    replacements: tuple[str, ...]
    seconds: float


def assert_rescheduled_after_node_loss(workload: Workload, node: Node, *, timeout: float | None = None) -> Rescheduled:
    """The workload's pods on a lost node stop counting as Ready and begin to terminate, and others are Ready on other nodes.

    Call it while the node is frozen, killed or removed. It waits until the cluster has lost the node (40 to 50 s; the embedded
    cluster shortens that), and for as long as the pods tolerate it: 300 s, unless the template's tolerations of
    node.kubernetes.io/unreachable and not-ready have fewer tolerationSeconds. If that is longer than what is left of `timeout`,
    in seconds, it fails as soon as the node is lost. If the Node object is gone, its pods are collected 40 to 80 s later.

    A StatefulSet's replica comes back only when its node has reported that the old pod has ended, when the Node object is gone, or
    when the node has the taint node.kubernetes.io/out-of-service (then within about 20 s).

    Fails as vacuous if the node is not lost or none of the pods was on it, or if the replicas are lowered meanwhile and no pod has
    to be replaced. Guarantee: node-down-replacement.
    """
    namespace, recording, kind, uid = workload.namespace, workload.namespace.recording, workload.kind, workload.uid
    deadline, kinds = namespace.deadline(timeout), kinds_of(workload.kind, "Node")
    recording.barrier(deadline, *kinds)
    mark = recording.mark()

    def check(history: History) -> Finding:
        return check_node_loss(history, kind, uid, node.name)

    def wait() -> None:
        if not pods_on(recording.since(mark), kind, uid, node.name):
            return
        recording.wait_for(lambda history: node_lost(history, node.name), f"{node.name} to be lost", deadline, since=mark)
        recording.wait_for(
            lambda history: pods_replaced(history, kind, uid, node.name),
            f"{workload} to have its pods on other nodes",
            deadline,
            since=mark,
            seen=lambda history: "\n".join(workload.troubles(history)),
            hopeless=lambda history: hopeless(history, kind, uid, node.name, deadline.remaining),
        )

    return Rescheduled().fill(after(wait, namespace, mark, kinds, check).evidence)
