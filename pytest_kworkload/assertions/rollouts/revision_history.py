"""The old versions that a workload keeps."""

from __future__ import annotations

from ...guarantees.rollouts.revision_history import (
    check_revision_history,
    history_limit,
    revision_kind,
    unused_allowed,
    unused_revisions,
)
from ...history.model import History
from ...workloads.controllers import Workload
from ..window import Evidence, held, judged, settled


class RevisionHistory(Evidence):
    """The old versions that are kept, oldest first, and how many versions there were in the test."""

    kept: tuple[str, ...]
    ever: int


def assert_revision_history(workload: Workload, limit: int, *, timeout: float | None = None) -> RevisionHistory:
    """Of the workload's old versions exactly the newest `limit` are kept, so that there is a way back to them, and no more.

    Versions that pods still have are kept as well; a DaemonSet counts them among the `limit`.
    Waits at most `timeout` seconds for the workload to settle: while a rollout is under way, no version is deleted. Fails as
    vacuous if there were not more old versions than `limit` since the beginning of the test. Guarantee: deploy-history-limit.
    """
    kind, uid, namespace = workload.kind, workload.uid, workload.namespace
    deadline = namespace.deadline(timeout)
    kinds = tuple(dict.fromkeys(("Pod", revision_kind(kind), kind)))
    own = history_limit(workload.get())
    settled(workload, deadline)

    def cleaned(history: History) -> bool:
        # the controller deletes them after the rollout
        return len(unused_revisions(history, kind, uid)) <= unused_allowed(history, kind, uid, own)

    namespace.recording.wait_for(cleaned, f"the controller to keep no more than {own} old versions of {workload}", deadline)
    finding = judged(namespace, None, kinds, lambda history: check_revision_history(history, kind, uid, limit))
    held(finding, namespace.recording.look)
    return RevisionHistory().fill(finding.evidence)
