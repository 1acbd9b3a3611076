"""How many pods a workload has."""

from __future__ import annotations

from ...errors import WaitTimeout
from ...guarantees.finding import Finding
from ...guarantees.replica_sets.replica_count import check_replica_count, converged
from ...history.model import History
from ...workloads.controllers import Scalable
from ..window import ABSENCE_SECONDS, Evidence, held, judged, kinds_of, settled


class ReplicaCount(Evidence):
    """The active pods at the end, and the number of states in which they were counted."""

    pods: tuple[str, ...]
    states: int


def assert_replica_count(
    workload: Scalable, replicas: int, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None
) -> ReplicaCount:
    """Exactly this many pods of the workload are active, and it stays that way for `settle` seconds after it has settled.

    Active means neither terminating nor finished: a failed pod stays as an object, and no controller counts it. A pod that the
    selector matches and that has no controller must have been adopted or deleted by then. The scale subresource must say the same
    number. `timeout` is in seconds, for the workload to settle. Fails as vacuous for 0 of a workload that never had a pod.
    Guarantee: rs-replica-count.
    """
    namespace, recording, kind, uid = workload.namespace, workload.namespace.recording, workload.kind, workload.uid
    kinds = kinds_of(kind)
    deadline, late = namespace.deadline(timeout), None
    try:
        settled(workload, deadline)
        if int(workload.get()["spec"].get("replicas", 1)) == replicas:
            # A pod that came from elsewhere is adopted first, and then one is deleted.
            recording.wait_for(lambda history: converged(history, kind, uid, replicas), f"{workload} to have {replicas} pods", deadline)
    except WaitTimeout as error:
        late = error
    recording.barrier(namespace.deadline(None), *kinds)
    since = recording.mark().moment
    scale = int(namespace.client.get(kind, workload.name, namespace.name, subresource="scale")["spec"].get("replicas", 0))

    def check(history: History) -> Finding:
        return check_replica_count(history, kind, uid, replicas, settle, since, scale)

    recording.absent(lambda history: bool(check(history).breaches), settle)
    finding = held(judged(namespace, None, kinds, check), recording.look, late)
    if late is not None:
        raise late
    return ReplicaCount().fill(finding.evidence)
