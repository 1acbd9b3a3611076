"""Nodes in trouble, and nodes that are administered: what that does to pods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from ..guarantees.finding import Finding
from ..guarantees.nodes.cordon import check_cordon
from ..guarantees.nodes.node_loss import check_node_loss, lost, replaced, stranded, stuck
from ..guarantees.nodes.taints import check_taint_evicts, undecided
from ..guarantees.nodes.undisturbed import check_undisturbed, disturbances
from ..history.deadline import Deadline
from ..history.model import History
from ..history.recording import Mark
from ..workloads.controllers import Workload
from ..workloads.pods import Pod
from .window import ABSENCE_SECONDS, Evidence, Window, after, kinds_of


class Named(Protocol):
    """A node, as `kworkload_cluster.node(name)` gives it."""

    name: str


class TaintEvicts(Evidence):
    """The pods that were evicted, those on other nodes, and how many seconds after the taint the last one was told to go."""

    evicted: tuple[str, ...]
    stayed: tuple[str, ...]
    seconds: float


class Cordon(Evidence):
    """The node of each pod that was placed."""

    placed: Mapping[str, str]


class Undisturbed(Evidence):
    """The pods that nothing happened to."""

    pods: tuple[str, ...]


class Rescheduled(Evidence):
    """The pods of the lost node, those that came in the meantime, and how long it took."""

    lost: tuple[str, ...]
    replacements: tuple[str, ...]
    seconds: float


def assert_taint_evicts(
    workload: Workload | Pod,
    node: Named,
    key: str,
    *,
    after: float = 0,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[TaintEvicts]:
    """The NoExecute taint that the node gets in the `with` block evicts the pods of the workload there, `after` seconds later.

    `after` is what the pods' tolerations must say: 0 that they do not tolerate the taint, otherwise their tolerationSeconds. The
    pods on other nodes stay. It waits until all are told to go: by nature `after` seconds, at most `timeout`. The key may also be
    one that Kubernetes sets by itself, as node.kubernetes.io/unreachable on a node that is lost (which takes 40 to 50 s by
    default), which pods tolerate for 300 s unless their tolerations say less.

    Fails as vacuous if no pod was on the node, or if the node did not get the taint. Guarantee: taint-noexecute.
    """
    recording, kind, uid = workload.namespace.recording, workload.kind, workload.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording.barrier(deadline, "Node", "Pod")
        recording.wait_for(
            lambda history: not undecided(history, kind, uid, node.name, key, after),
            f"the pods on {node.name} to be told to go",
            deadline,
            since=mark,
            seen=lambda history: "still there: " + ", ".join(undecided(history, kind, uid, node.name, key, after)),
        )

    return Window(
        "assert_taint_evicts",
        workload,
        TaintEvicts(),
        kinds_of(kind, "Node"),
        judge=lambda history: check_taint_evicts(history, kind, uid, node.name, key, after),
        settle=settle,
        timeout=timeout,
    ).by(trigger)


def assert_cordon_respected(
    workload: Workload, node: Named, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Cordon]:
    """No pod of the workload that is placed in the `with` block comes to the node, which is cordoned all that time.

    Cordon it around the assertion. What tolerates node.kubernetes.io/unschedulable comes all the same, as the pods of a DaemonSet
    do. `timeout`, in seconds, is for the workload to settle. Fails as vacuous if no pod was placed, or if it is not the cordon that
    kept them away: they would come in spite of it, or not come without it. Guarantee: node-cordon.
    """
    return Window(
        "assert_cordon_respected",
        workload,
        Cordon(),
        kinds_of(workload.kind, "Node"),
        judge=lambda history: check_cordon(history, workload.kind, workload.uid, node.name),
        timeout=timeout,
    ).by(trigger)


def assert_undisturbed(
    workload: Workload | Pod, *, settle: float = ABSENCE_SECONDS, trigger: Callable[[], object] | None = None
) -> Window[Undisturbed]:
    """What the `with` block does around the pods touches none of them: none comes or goes, and every container runs on.

    So it is when a kubelet or a component of the control plane is started again, when a node is cordoned, and for a taint that is
    tolerated or is taken away in time. That pods are not Ready for a while is allowed: it is what a lost node does to them.
    Watched for `settle` seconds after the block. Guarantee: undisturbed.
    """
    recording, kind, uid = workload.namespace.recording, workload.kind, workload.uid

    def end(mark: Mark, deadline: Deadline) -> None:
        recording.absent(lambda history: next(disturbances(history, kind, uid), None), settle, since=mark)

    return Window(
        "assert_undisturbed",
        workload,
        Undisturbed(),
        kinds_of(kind),
        judge=lambda history: check_undisturbed(history, kind, uid, settle),
        settle=end,
        timeout=None,
    ).by(trigger)


def assert_rescheduled_after_node_loss(workload: Workload, node: Named, *, timeout: float | None = None) -> Rescheduled:
    """The workload's pods of a node that is lost count as not Ready, are told to go, and others are Ready on other nodes.

    Call it while the node is frozen, killed or removed. By nature it waits until the cluster has lost the node (40 to 50 s; the
    embedded cluster shortens it), and for as long as the pods tolerate that: 300 s, unless the template's tolerations for
    node.kubernetes.io/unreachable and not-ready have fewer tolerationSeconds. If that is longer than what is left of `timeout`,
    in seconds, it fails as soon as the node is lost. The pods of a Node object that is gone are collected 40 to 80 s later.

    A StatefulSet's replica comes back only when its node has told that it has ended, its Node object is gone, or has the taint
    node.kubernetes.io/out-of-service (then within some 20 s).

    Fails as vacuous if the replicas are lowered meanwhile and no pod comes in the place of another.

    Guarantee: node-down-replacement.
    """
    namespace, recording, kind, uid = workload.namespace, workload.namespace.recording, workload.kind, workload.uid
    deadline, kinds = namespace.deadline(timeout), kinds_of(workload.kind, "Node")
    recording.barrier(deadline, *kinds)
    mark = recording.mark()

    def check(history: History) -> Finding:
        return check_node_loss(history, kind, uid, node.name)

    def wait() -> None:
        if not stranded(recording.since(mark), kind, uid, node.name):
            return
        recording.wait_for(lambda history: lost(history, node.name), f"{node.name} to be lost", deadline, since=mark)
        recording.wait_for(
            lambda history: replaced(history, kind, uid, node.name),
            f"{workload} to have its pods elsewhere",
            deadline,
            since=mark,
            seen=lambda history: "\n".join(workload.troubles(history)),
            hopeless=lambda history: stuck(history, kind, uid, node.name, deadline.remaining),
        )

    return Rescheduled().fill(after(wait, namespace, mark, kinds, check).evidence)
