"""Changes of a workload that are no change of its pod template."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...guarantees.rollouts.revision_history import revision_kind
from ...guarantees.rollouts.same_revision import check_same_revision
from ...history.model import History
from ...workloads.controllers import DaemonSet, Deployment, StatefulSet
from ..window import ABSENCE_SECONDS, Evidence, Window
from .not_rolled_out import observed_and_watched


class SameRevision(Evidence):
    """The number of the revision that the workload still has, and the fields of its spec that were changed."""

    revision: int
    changed: tuple[str, ...]


def assert_same_revision(
    workload: Deployment | StatefulSet | DaemonSet,
    *,
    settle: float = ABSENCE_SECONDS,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[SameRevision]:
    """The `with` block changes the workload but not its pod template, so no revision is made, and no older one is used again.

    This is so for the replicas, the update strategy, paused, minReadySeconds, revisionHistoryLimit and the like; whatever is in
    the template is rolled out. Watched for `settle` seconds after the controller has observed the change; `timeout`, in
    seconds, is for that. Fails as vacuous if the block changes nothing of the spec, or the template only.
    Guarantee: revision-per-template.
    """

    def check(history: History) -> Finding:
        return check_same_revision(history, workload.kind, workload.uid)

    return Window(
        "assert_same_revision",
        workload,
        SameRevision(),
        (revision_kind(workload.kind), workload.kind),
        judge=check,
        settle=observed_and_watched(workload, check, settle),
        timeout=timeout,
    ).by(trigger)
