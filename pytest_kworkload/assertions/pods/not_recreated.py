"""Pods that do not come back."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.pods.not_recreated import check_not_recreated, recreated
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...workloads.pods import Pod
from ..window import ABSENCE_SECONDS, Evidence, Window


class Gone(Evidence):
    """The uid of the pod that stayed away."""

    uid: str


def assert_not_recreated(
    pod: Pod, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Gone]:
    """The pod that the `with` block deletes is not created again within `settle` seconds after it is gone.

    It waits until the pod is gone, at most `timeout` seconds, and then for `settle`. Fails as vacuous for a pod that a controller
    owns. Guarantee: pod-bare-not-recreated.
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
            recording.absent(lambda history: recreated(history, name, uid), settle, since=mark)

    return Window(
        "assert_not_recreated",
        pod,
        Gone(),
        ("Pod",),
        judge=lambda history: check_not_recreated(history, uid, settle),
        settle=end,
        timeout=timeout,
    ).by(trigger)
