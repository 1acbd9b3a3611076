"""Templates that are changed and not rolled out, and changes that are none of the template."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...guarantees.rollouts.not_rolled_out import check_inert
from ...guarantees.rollouts.same_revision import check_same_revision
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.readiness import observed
from ...workloads.controllers import DaemonSet, Deployment, StatefulSet, Workload
from ..window import ABSENCE_SECONDS, Evidence, Window


class Inert(Evidence):
    """The pods that were left alone."""

    pods: tuple[str, ...]


class SameRevision(Evidence):
    """The number of the revision that the workload has still, and the fields of its spec that were changed."""

    revision: int
    changed: tuple[str, ...]


def assert_same_revision(
    workload: Deployment | StatefulSet | DaemonSet,
    *,
    settle: float = ABSENCE_SECONDS,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[SameRevision]:
    """The change of the `with` block is none of the pod template, so it makes no revision, and uses no older one again.

    So it is for the replicas, the update strategy, paused, minReadySeconds, revisionHistoryLimit and the like; whatever is in
    the template is rolled out. Watched for `settle` seconds after the controller has observed the change; `timeout`, in
    seconds, is for that. Fails as vacuous if the block leaves the spec beside the template as it was.
    Guarantee: revision-per-template.
    """
    store = "ReplicaSet" if workload.kind == "Deployment" else "ControllerRevision"

    def check(history: History) -> Finding:
        return check_same_revision(history, workload.kind, workload.uid)

    return Window(
        "assert_same_revision",
        workload,
        SameRevision(),
        (store, workload.kind),
        judge=check,
        settle=_watched(workload, check, settle),
        timeout=timeout,
    ).by(trigger)


def assert_template_not_rolled_out(
    workload: Workload, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Inert]:
    """The new template of the `with` block touches no pod: none goes, comes or changes.

    So it is for a ReplicaSet, for a StatefulSet or DaemonSet with updateStrategy OnDelete, for a StatefulSet whose partition holds
    all replicas, and for a Deployment that is paused (which makes no ReplicaSet either). For any other it fails, as vacuous if
    luck left its pods alone. Watched for `settle` seconds after the controller has observed the change; `timeout`, in seconds,
    is for that. Guarantee: template-inert.
    """

    def check(history: History) -> Finding:
        return check_inert(history, workload.kind, workload.uid, settle)

    kinds = ("Pod", "ReplicaSet", workload.kind)
    return Window(
        "assert_template_not_rolled_out",
        workload,
        Inert(),
        kinds,
        judge=check,
        settle=_watched(workload, check, settle),
        timeout=timeout,
    ).by(trigger)


def _watched(workload: Workload, check: Callable[[History], Finding], settle: float) -> Callable[[Mark, Deadline], None]:
    """Wait until the controller has observed the change, and then for so many seconds, or until something is broken."""

    def end(mark: Mark, deadline: Deadline) -> None:
        recording = workload.namespace.recording
        workload.get()
        recording.wait_for(
            lambda history: (now := workload.current(history)) is not None and observed(now),
            f"the controller to observe the change of {workload}",
            deadline,
        )
        recording.absent(lambda history: bool(check(history).breaches), settle, since=mark)

    return end
