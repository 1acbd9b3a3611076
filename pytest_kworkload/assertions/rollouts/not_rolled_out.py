"""Templates that are changed and not rolled out."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...guarantees.rollouts.not_rolled_out import check_not_rolled_out
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.readiness import observed
from ...workloads.controllers import Workload
from ..window import ABSENCE_SECONDS, Evidence, Window, kinds_of


class NotRolledOut(Evidence):
    """The pods that were left alone."""

    pods: tuple[str, ...]


def assert_template_not_rolled_out(
    workload: Workload, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[NotRolledOut]:
    """The new template of the `with` block touches no pod: none is deleted, created or changed.

    This is so for a ReplicaSet, for a StatefulSet or DaemonSet with updateStrategy OnDelete, for a StatefulSet whose partition holds
    all replicas, and for a Deployment that is paused (which creates no ReplicaSet either). For any other it fails, as vacuous if
    only luck left its pods alone. Watched for `settle` seconds after the controller has observed the change; `timeout`, in seconds,
    is for that. Fails as vacuous if the block leaves the template as it was, or if there is no pod. Guarantee: template-inert.
    """

    def check(history: History) -> Finding:
        return check_not_rolled_out(history, workload.kind, workload.uid, settle)

    return Window(
        "assert_template_not_rolled_out",
        workload,
        NotRolledOut(),
        kinds_of(workload.kind),
        judge=check,
        settle=observed_and_watched(workload, check, settle),
        timeout=timeout,
    ).by(trigger)


def observed_and_watched(workload: Workload, check: Callable[[History], Finding], seconds: float) -> Callable[[Mark, Deadline], None]:
    """Wait until the controller has observed the change, and then for this many seconds, or until something is broken."""

    def end(mark: Mark, deadline: Deadline) -> None:
        recording = workload.namespace.recording
        workload.get()
        recording.wait_for(
            lambda history: (now := workload.current(history)) is not None and observed(now),
            f"the controller to observe the change of {workload}",
            deadline,
        )
        recording.absent(lambda history: bool(check(history).breaches), seconds, since=mark)

    return end
