"""What a workload says of pods that may not be created."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...guarantees.replica_sets.replica_failure import check_replica_failure, failure_condition
from ...history.model import History
from ...objects.settling import unsettled
from ...workloads.controllers import Workload
from ..window import Evidence, held, judged, kinds_of, settled


class ReplicaFailure(Evidence):
    """What the condition said, and the pods that are there."""

    message: str
    pods: tuple[str, ...]


def assert_replica_failure(
    workload: Workload, reason: str = "FailedCreate", *, cure: Callable[[], object] | None = None, timeout: float | None = None
) -> ReplicaFailure:
    """The workload reports, by its condition ReplicaFailure with this reason, that a pod may not be created.

    `cure` is called then, if it is given, and has to remove the obstacle: the condition must go and the workload settle. The
    controller tries again after a back-off that grows from milliseconds to minutes, so cure it soon. `timeout` is in seconds.
    Fails as vacuous for a kind that has no such condition: only ReplicaSets and Deployments have it.
    Guarantee: rs-replica-failure.
    """
    namespace, recording, kind, uid = workload.namespace, workload.namespace.recording, workload.kind, workload.uid
    deadline, kinds = namespace.deadline(timeout), kinds_of(workload.kind)

    def check(history: History) -> Finding:
        return check_replica_failure(history, kind, uid, reason, cured=False)

    def decided(history: History) -> bool:
        now = workload.current(history)
        return now is not None and (bool(failure_condition(now)) or unsettled(history, kind, uid) is None)

    recording.barrier(deadline, *kinds)
    if not check(recording.since()).vacuous:
        recording.wait_for(decided, f"{workload} to report a pod that may not be created, or to have all of them", deadline)
    finding = judged(namespace, None, kinds, check)
    if finding.holds and cure is not None:
        cure()
        settled(workload, deadline)
        finding = judged(namespace, None, kinds, lambda history: check_replica_failure(history, kind, uid, reason, cured=True))
    held(finding, recording.look)
    return ReplicaFailure().fill(finding.evidence)
