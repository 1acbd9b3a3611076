"""Which pods a NoExecute taint evicts, and when."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.nodes.taints import check_taint_evicts, not_yet_evicted
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.controllers import Workload
from ...workloads.pods import Pod
from ..window import Evidence, Window, kinds_of
from .node import Node


class TaintEvicts(Evidence):
    """The pods that were evicted, those on other nodes, and how many seconds after the taint the last pod was evicted."""

    evicted: tuple[str, ...]
    stayed: tuple[str, ...]
    seconds: float


def assert_taint_evicts(
    workload: Workload | Pod,
    node: Node,
    key: str,
    *,
    after: float = 0,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[TaintEvicts]:
    """The NoExecute taint that the node gets in the `with` block evicts the workload's pods there after `after` seconds.

    `after` is what the pods' tolerations must say: 0 that they do not tolerate the taint, otherwise their tolerationSeconds. The
    pods on other nodes stay. It waits until all are evicted (terminating): that takes `after` seconds, and at most `timeout`. The
    key may also be one that Kubernetes sets by itself, such as node.kubernetes.io/unreachable on a node that is lost (which takes
    40 to 50 s by default); pods tolerate that one for 300 s unless their tolerations say less.

    Fails as vacuous if no pod was on the node, if the node did not get the taint, or if it lost the taint too early.
    Guarantee: taint-noexecute.
    """
    recording, kind, uid = workload.namespace.recording, workload.kind, workload.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording.barrier(deadline, "Node", "Pod")
        recording.wait_for(
            lambda history: not not_yet_evicted(history, kind, uid, node.name, key, after),
            f"the pods on {node.name} to be evicted",
            deadline,
            since=mark,
            seen=lambda history: "not evicted yet: " + ", ".join(not_yet_evicted(history, kind, uid, node.name, key, after)),
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
