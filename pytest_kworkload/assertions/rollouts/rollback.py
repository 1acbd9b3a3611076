"""Going back to an older template."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.rollouts.revision_history import revision_kind
from ...guarantees.rollouts.rollback import check_rollback
from ...workloads.controllers import Workload
from ..window import Evidence, Window


class Rollback(Evidence):
    """The revision that is current again, and its numbers."""

    revision: str
    number: int
    from_number: int


def assert_rollback(workload: Workload, *, timeout: float | None = None, trigger: Callable[[], object] | None = None) -> Window[Rollback]:
    """The `with` block goes back to an older template, and its old revision (ReplicaSet, ControllerRevision) is used again.

    Pods that already have that revision, because the newer one was not rolled out everywhere yet, are left alone.
    `timeout`, in seconds, is for the workload to settle.

    Fails as vacuous if the block does not change the template, and for a ReplicaSet, which keeps no revisions. Guarantee: rollback.
    """
    return Window(
        "assert_rollback",
        workload,
        Rollback(),
        ("Pod", revision_kind(workload.kind), workload.kind),
        judge=lambda history: check_rollback(history, workload.kind, workload.uid),
        timeout=timeout,
    ).by(trigger)
