"""How many pods a workload has, which of them go, and what is said of those that may not come."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ...errors import WaitTimeout
from ...guarantees.finding import Finding
from ...guarantees.replica_sets.replica_count import check_count, converged
from ...guarantees.replica_sets.replica_failure import check_replica_failure, refused
from ...guarantees.replica_sets.scale_down_victims import check_victims
from ...history.model import History
from ...objects.settling import unsettled
from ...workloads.controllers import Scalable, Workload
from ...workloads.pods import Pod
from ..window import ABSENCE_SECONDS, Evidence, Window, held, judged, kinds_of, settled


class ReplicaCount(Evidence):
    """The active pods in the end, and the states in which they were counted."""

    pods: tuple[str, ...]
    states: int


class Victims(Evidence):
    """The pods that went, and those that stayed."""

    victims: tuple[str, ...]
    kept: tuple[str, ...]


class ReplicaFailure(Evidence):
    """What the condition said, and the pods that are there."""

    message: str
    pods: tuple[str, ...]


def assert_replica_count(
    workload: Scalable, replicas: int, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None
) -> ReplicaCount:
    """Exactly so many pods of the workload are active, and stay so many for `settle` seconds after it has settled.

    Active means neither terminating nor finished: a failed pod stays as an object, and counts for no controller. A pod that the
    selector matches and that has no controller has been adopted or deleted by then. The scale subresource must say the same
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
        return check_count(history, kind, uid, replicas, settle, since, scale)

    recording.absent(lambda history: bool(check(history).breaches), settle)
    finding = held(judged(namespace, None, kinds, check), recording.look, late)
    if late is not None:
        raise late
    return ReplicaCount().fill(finding.evidence)


def assert_scale_down_victims(
    workload: Scalable, expected: Collection[Pod], *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Victims]:
    """The scale-down of the `with` block takes away exactly the pods that are expected to go.

    The order: not scheduled, Pending, not Ready, a lower controller.kubernetes.io/pod-deletion-cost, more pods of the workload
    on the node. What ties up to there is decided by ages and restarts, which Kubernetes compares only roughly; so it fails
    as vacuous if a pod that is expected to go ties with one that is not. `timeout` is in seconds. Guarantee: rs-scale-down-victims.
    """
    chosen = frozenset(pod.uid for pod in expected)
    return Window(
        "assert_scale_down_victims",
        workload,
        Victims(),
        kinds_of(workload.kind),
        judge=lambda history: check_victims(history, workload.kind, workload.uid, chosen),
        timeout=timeout,
    ).by(trigger)


def assert_replica_failure(
    workload: Workload, reason: str = "FailedCreate", *, cure: Callable[[], object] | None = None, timeout: float | None = None
) -> ReplicaFailure:
    """The workload tells, by its condition ReplicaFailure with this reason, that a pod may not be created.

    With `cure`, which is called then and shall take the obstacle away, the condition must go and the workload settle; its
    controller tries again after a back-off that grows from milliseconds to minutes, so cure it soon. `timeout` is in seconds.
    Guarantee: rs-replica-failure.
    """
    namespace, recording, kind, uid = workload.namespace, workload.namespace.recording, workload.kind, workload.uid
    deadline, kinds = namespace.deadline(timeout), kinds_of(workload.kind)

    def check(history: History) -> Finding:
        return check_replica_failure(history, kind, uid, reason, cured=False)

    def told(history: History) -> bool:
        now = workload.current(history)
        return now is not None and (bool(refused(now)) or unsettled(history, kind, uid) is None)

    recording.barrier(deadline, *kinds)
    if not check(recording.since()).vacuous:
        recording.wait_for(told, f"{workload} to tell of a pod that may not be created, or to have all of them", deadline)
    finding = judged(namespace, None, kinds, check)
    if finding.holds and cure is not None:
        cure()
        settled(workload, deadline)
        finding = judged(namespace, None, kinds, lambda history: check_replica_failure(history, kind, uid, reason, cured=True))
    held(finding, recording.look)
    return ReplicaFailure().fill(finding.evidence)
