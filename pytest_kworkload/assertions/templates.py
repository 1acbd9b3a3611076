"""Templates that are changed and not rolled out."""

from __future__ import annotations

from collections.abc import Callable

from ..guarantees.finding import Finding
from ..guarantees.inert import check_inert
from ..guarantees.readiness import observed
from ..history.deadline import Deadline
from ..history.model import History
from ..history.recording import Mark
from ..workloads.controllers import Workload
from .healing import ABSENCE_SECONDS
from .window import Evidence, Window


class Inert(Evidence):
    """The pods that were left alone."""

    pods: tuple[str, ...]


def assert_template_not_rolled_out(
    workload: Workload, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Inert]:
    """The new template of the `with` block touches no pod: none goes, comes or changes.

    So it is for a ReplicaSet, for a StatefulSet or DaemonSet with updateStrategy OnDelete, and for a Deployment that is paused
    (which makes no ReplicaSet either). Watched for `settle` seconds after the controller has observed the change; `timeout`,
    in seconds, is for that. Source: rs-template-inert, sts-on-delete, ds-on-delete, deploy-pause.
    """

    def check(history: History) -> Finding:
        return check_inert(history, workload.kind, workload.uid, settle)

    def end(mark: Mark, deadline: Deadline) -> None:
        recording = workload.namespace.recording
        workload.get()
        recording.wait_for(
            lambda history: (now := workload.current(history)) is not None and observed(now),
            f"the controller to observe the new template of {workload}",
            deadline,
        )
        recording.absent(lambda history: bool(check(history).breaches), settle, since=mark)

    kinds = ("Pod", "ReplicaSet", workload.kind)
    return Window("assert_template_not_rolled_out", workload, Inert(), kinds, judge=check, settle=end, timeout=timeout).by(trigger)
