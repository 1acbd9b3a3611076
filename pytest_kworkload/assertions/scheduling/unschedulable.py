"""A pod that no node can take."""

from __future__ import annotations

from ...guarantees.finding import Finding
from ...guarantees.scheduling.unschedulable import check_unschedulable, scheduler_answered
from ...history.model import History
from ...workloads.pods import Pod
from ..window import ABSENCE_SECONDS, Evidence, after


class Unschedulable(Evidence):
    """The reason and the message of the pod's condition PodScheduled."""

    reason: str
    message: str


def assert_unschedulable(pod: Pod, reason: str, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None) -> Unschedulable:
    """No node takes the pod, and what the scheduler says about it contains `reason` ("Insufficient cpu", "SchedulingGated", ...).

    The scheduler's first answer is waited for, at most `timeout` seconds; from then on the pod is watched for `settle` seconds.

    Fails as vacuous if the scheduler does not answer, or if the pod is deleted or names its node. Guarantee: sched-unschedulable.
    """
    recording, uid = pod.namespace.recording, pod.uid
    deadline = pod.namespace.deadline(timeout)

    def wait() -> None:
        recording.wait_for(lambda history: scheduler_answered(history, uid), f"the scheduler's answer about {pod}", deadline)
        recording.absent(lambda history: bool(history.seen("Pod")[uid]["spec"].get("nodeName")), settle)

    def check(history: History) -> Finding:
        return check_unschedulable(history, uid, reason, settle)

    recording.require("Pod", deadline)
    recording.barrier(deadline, "Pod")
    return Unschedulable().fill(after(wait, pod.namespace, None, ("Pod",), check).evidence)
