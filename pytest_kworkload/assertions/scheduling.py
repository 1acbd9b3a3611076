"""Where pods are placed, and where not."""

from __future__ import annotations

from collections.abc import Callable

from ..guarantees.finding import Finding
from ..guarantees.spread import check_spread
from ..guarantees.unschedulable import check_unschedulable, decided
from ..history.model import History
from ..workloads.controllers import Workload
from ..workloads.pods import Pod
from .healing import ABSENCE_SECONDS
from .window import Evidence, Window, after, kinds_of


class Unschedulable(Evidence):
    """The reason and the message of the pod's condition PodScheduled."""

    reason: str
    message: str


class Spread(Evidence):
    """The domains, the pods that were placed, and the largest skew that one of them made."""

    domains: tuple[str, ...]
    placed: tuple[str, ...]
    highest_skew: int


def assert_unschedulable(pod: Pod, reason: str, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None) -> Unschedulable:
    """No node takes the pod, and the scheduler's word about it contains `reason` ("Insufficient cpu", "SchedulingGated", ...).

    That no node takes it is watched for `settle` seconds after the scheduler's first word, which is waited for, at most
    `timeout` seconds. Source: sched-resources, sched-node-constraints, sched-gates.
    """
    recording, uid = pod.namespace.recording, pod.uid
    deadline = pod.namespace.deadline(timeout)

    def wait() -> None:
        recording.wait_for(lambda history: decided(history, uid), f"the scheduler's word about {pod}", deadline)
        recording.absent(lambda history: bool(history.seen("Pod")[uid]["spec"].get("nodeName")), settle)

    def check(history: History) -> Finding:
        return check_unschedulable(history, uid, reason, settle)

    recording.require("Pod", deadline)
    recording.barrier(deadline, "Pod")
    return Unschedulable().fill(after(wait, pod.namespace, None, ("Pod",), check).evidence)


def assert_topology_spread(
    workload: Workload, topology_key: str, *, max_skew: int = 1, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Spread]:
    """Each pod that is placed in the `with` block goes where it makes the skew between the domains no larger than `max_skew`.

    The domains are the values of the label `topology_key` of the nodes that the template admits. The skew is counted when a
    pod is placed: a scale-down or an update may leave a larger one, and nothing repairs it. What only prefers to spread
    (ScheduleAnyway) fails as vacuous. `timeout`, in seconds, is for the workload to settle. Source: sched-spread.
    """
    kinds = kinds_of(workload.kind, "Node")
    return Window(
        "assert_topology_spread",
        workload,
        Spread(),
        kinds,
        judge=lambda history: check_spread(history, workload.kind, workload.uid, topology_key, max_skew),
        timeout=timeout,
    ).by(trigger)
