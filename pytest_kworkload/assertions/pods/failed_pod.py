"""Pods that have finished, and those that come for them."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.pods.failed_pod import check_failed_pod, finished_version, successor
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.pods import deletion
from ...workloads.controllers import Workload
from ...workloads.pods import Pod
from ..window import Evidence, Window, kinds_of, settled


class FailedPod(Evidence):
    """The pod, the phase that it ended in, and the name of the one that came for it."""

    pod: str
    phase: str
    replacement: str


def assert_failed_pod_replaced(
    workload: Workload, pod: Pod, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[FailedPod]:
    """The workload's pod that finishes in the `with` block, Failed or Succeeded, is replaced.

    A StatefulSet or DaemonSet deletes it and makes a new one under its name, or for its node; a ReplicaSet or Deployment makes
    another one and leaves its object there. Let the pod fail with `pod.patch({"spec": {"activeDeadlineSeconds": 1}})`. It waits
    until the pod has finished and the workload has settled, at most `timeout` seconds; a DaemonSet has a back-off of 1 s that
    doubles. Fails as vacuous if the pod does not finish. Guarantee: sts-failed-pod.
    """
    kind, uid = workload.kind, workload.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording = workload.namespace.recording

        def went(history: History) -> bool:
            return finished_version(history, pod.uid) is not None or deletion(history, pod.uid) is not None

        def replaced(history: History) -> bool:
            return finished_version(history, pod.uid) is None or successor(history, kind, uid, pod.uid) is not None

        recording.wait_for(went, f"{pod} to finish", deadline, since=mark)
        recording.wait_for(replaced, f"{workload} to replace {pod}", deadline, since=mark)
        settled(workload, deadline)

    return Window(
        "assert_failed_pod_replaced",
        workload,
        FailedPod(),
        kinds_of(kind),
        judge=lambda history: check_failed_pod(history, kind, uid, pod.uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)
