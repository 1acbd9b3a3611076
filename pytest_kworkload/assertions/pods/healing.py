"""Pods that come back, and pods that do not."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.pods import self_heal
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.pods import replacement
from ...workloads.controllers import Workload
from ...workloads.pods import Pod
from ..replacement import after_loss
from ..window import ABSENCE_SECONDS, Evidence, Window


class SelfHeal(Evidence):
    """The pod that was deleted, the one that took its place, and how long that took."""

    victim: Pod
    replacement: Pod
    lowest_available: int
    seconds: float


class Gone(Evidence):
    """The uid of the pod that stayed away."""

    uid: str


def assert_self_heals(workload: Workload, *, timeout: float | None = None) -> SelfHeal:
    """Delete a pod of the workload; a new one takes its place, and never more than one is missing meanwhile.

    For a StatefulSet the new pod has the same name, for a DaemonSet it is for the same node. `timeout` is in seconds.
    Guarantee: self-heal.
    """
    kind, uid = workload.kind, workload.uid
    evidence = after_loss(
        workload,
        timeout,
        lambda history, victim: replacement(history, kind, uid, victim),
        lambda history, victim: self_heal.check_self_heal(history, kind, uid, victim),
    )
    return SelfHeal().fill(evidence)


def assert_not_recreated(
    pod: Pod, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Gone]:
    """The pod that the `with` block deletes is never created again; watched for `settle` seconds after it is gone.

    `timeout`, in seconds, is for it to be gone. Guarantee: pod-bare-not-recreated.
    """
    uid, name = pod.uid, pod.name

    def end(mark: Mark, deadline: Deadline) -> None:
        recording = pod.namespace.recording

        def ending(history: History) -> bool:
            latest = history.seen("Pod")[uid]
            return uid not in history.objects("Pod") or not latest["metadata"].get("deletionTimestamp")

        recording.barrier(deadline, "Pod")
        recording.wait_for(ending, f"{pod} to be gone", deadline, since=mark)
        if uid not in recording.since(mark).objects("Pod"):
            recording.absent(lambda history: self_heal.recreated(history, name, uid), settle, since=mark)

    return Window(
        "assert_not_recreated",
        pod,
        Gone(),
        ("Pod",),
        judge=lambda history: self_heal.check_not_recreated(history, uid, settle),
        settle=end,
        timeout=timeout,
    ).by(trigger)
