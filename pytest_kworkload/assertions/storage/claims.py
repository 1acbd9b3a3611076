"""Claims and their volumes: how they find each other, and how they part."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...errors import ApiError
from ...guarantees.finding import Finding
from ...guarantees.storage.binding import bound, check_bound
from ...guarantees.storage.claim_deletion import check_deleted, undecided
from ...guarantees.storage.expansion import check_expanded, expanded
from ...guarantees.storage.first_consumer import check_first_consumer, placed
from ...guarantees.storage.own_claims import check_own_claims
from ...guarantees.storage.protection import check_protection
from ...guarantees.storage.reclaim import Policy, check_reclaimed, reclaimed
from ...guarantees.storage.retention import After, happened
from ...guarantees.storage.unused_condition import agrees, check_usage
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.claims import CLAIM, VOLUME, users
from ...workloads.controllers import Workload
from ...workloads.handle import Handle
from ...workloads.storage import Claim
from ..window import ABSENCE_SECONDS, ANSWER_SECONDS, LAG_SECONDS, Evidence, Window, after, at_rest, kinds_of, settled


class ClaimBound(Evidence):
    """The volume, its class (empty: none) and its capacity as Kubernetes writes it."""

    volume: str
    storage_class: str
    capacity: str


class FirstConsumer(Evidence):
    """The volume, and the node of the pod that it was made for."""

    volume: str
    node: str


class PvcDeleted(Evidence):
    """The claims that went, and those that stayed."""

    deleted: tuple[str, ...]
    kept: tuple[str, ...]


class OwnClaims(Evidence):
    """The claims of each replica, and the volume of each claim."""

    claims: Mapping[str, tuple[str, ...]]
    volumes: Mapping[str, str]


class InUse(Evidence):
    """What used it, and for how many seconds it outlived its deletion so far."""

    users: tuple[str, ...]
    seconds: float


class Reclaimed(Evidence):
    """The volume, and its phase in the end (empty: it is gone)."""

    volume: str
    phase: str


def assert_claim_bound(claim: Claim, *, storage_class: str | None = None, timeout: float | None = None) -> ClaimBound:
    """The claim and one volume belong to each other, by uid, and the volume has the size, modes and class that it asks for.

    `storage_class` is the class that you expect, the default class above all. Waits at most `timeout` seconds for the claim to
    be bound. A claim of a class that waits for the first consumer needs a pod before.
    Guarantee: pvc-bound.
    """
    namespace, recording, uid = claim.namespace, claim.namespace.recording, claim.uid
    deadline = namespace.deadline(timeout)
    recording.record(["StorageClass"], deadline)  # only for the cause; a user may lack the right to read it

    def wait() -> None:
        recording.wait_for(lambda history: bound(history, uid), f"{claim} to be bound", deadline, hopeless=claim.hopeless)

    finding = after(wait, namespace, None, (CLAIM, VOLUME), lambda history: check_bound(history, uid, storage_class))
    return ClaimBound().fill(finding.evidence)


def assert_waits_for_first_consumer(
    claim: Claim, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[FirstConsumer]:
    """The claim has no volume until a pod that uses it, applied in the `with` block, is scheduled; then one for that pod's node.

    Before the block the claim is watched for `settle` seconds, in which nothing may happen. `timeout`, in seconds, is for the
    pod to be scheduled and the volume to be made. Guarantee: pvc-wait-first-consumer.
    """
    recording, kinds = claim.namespace.recording, (CLAIM, VOLUME, "Pod", "Node")

    def prepare() -> None:
        uid = claim.uid
        recording.absent(lambda history: bool(history.objects(CLAIM).get(uid, {"spec": {}})["spec"].get("volumeName")), settle)

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = claim.uid
        if recording.absent(lambda history: bool(users(history.objects("Pod").values(), history.seen(CLAIM)[uid])), ANSWER_SECONDS):
            recording.wait_for(lambda history: placed(history, uid), f"a pod that uses {claim} to be scheduled", deadline)

    return Window(
        "assert_waits_for_first_consumer",
        claim,
        FirstConsumer(),
        kinds,
        judge=lambda history: check_first_consumer(history, claim.uid),
        settle=end,
        timeout=timeout,
        prepare=prepare,
    ).by(trigger)


def assert_pvc_deleted(
    workload: Workload, *, after: After, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[PvcDeleted]:
    """The claims of the pods that the `with` block takes away for good go with them, and no others do.

    `after` says what the block does: "scale-down" or "delete" (of the workload), for persistentVolumeClaimRetentionPolicy, which
    is about the claims of volumeClaimTemplates; or "pod-delete", for claims of generic ephemeral volumes. A claim beside these that
    the template names stays. `timeout` is in seconds. The opposite is assert_pvc_retained.
    Guarantee: sts-pvc-delete-policy, vol-ephemeral-lifetime.
    """
    namespace, kind = workload.namespace, workload.kind
    kinds = kinds_of(kind, CLAIM)

    def end(mark: Mark, deadline: Deadline) -> None:
        recording, uid = namespace.recording, workload.uid
        if workload.exists():
            if after != "delete":
                settled(workload, deadline)
        else:
            recording.wait_for(
                lambda history: happened(history, kind, uid, after) is None,
                f"{workload} and its pods to be gone",
                deadline,
                since=mark,
                seen=lambda history: happened(history, kind, uid, after) or "",
            )
        # A claim that has an owner which is gone will follow it: the garbage collector is told by the owner's deletion.
        recording.wait_for(
            lambda history: happened(history, kind, uid, after) or not undecided(history, kind, uid, after),
            "the claims to go with their owners",
            deadline,
            since=mark,
        )

    return Window(
        "assert_pvc_deleted",
        workload,
        PvcDeleted(),
        kinds,
        judge=lambda history: check_deleted(history, kind, workload.uid, after),
        settle=end,
        timeout=timeout,
    ).by(trigger)


def assert_pvc_per_replica(workload: Workload, *, timeout: float | None = None) -> OwnClaims:
    """Every replica has claims of its own, bound to volumes of their own; a StatefulSet's are named by its claim templates.

    A claim that is named in the template of a Deployment or DaemonSet is one claim for all of its pods; one of a generic ephemeral
    volume is the pod's own, and goes with it. Judges when the workload has settled, at most `timeout` seconds. Fails as vacuous for
    fewer than two replicas. Guarantee: sts-pvc-per-replica.
    """
    kinds = kinds_of(workload.kind, CLAIM)
    finding, late = at_rest(workload, kinds, timeout, lambda history: check_own_claims(history, workload.kind, workload.uid))
    if late is not None:
        raise late
    return OwnClaims().fill(finding.evidence)


def assert_in_use_protection(
    protected: Handle, *, release: Callable[[], object], settle: float = ABSENCE_SECONDS, timeout: float | None = None
) -> InUse:
    """Deletes a claim that pods use, or a volume that a claim has; it stays until `release()` has taken its users away, then it goes.

    That it stays is watched for `settle` seconds. Pods that are scheduled count as users, finished ones too: `release` must
    delete them. A volume is taken as `kworkload.object("PersistentVolume", name)`. `timeout`, in seconds, is for all of it.
    Guarantee: pvc-in-use-protection.
    """
    namespace, recording, kind, uid = protected.namespace, protected.namespace.recording, protected.key, protected.uid
    deadline, kinds = namespace.deadline(timeout), ("Pod", CLAIM, VOLUME)
    recording.barrier(deadline, *kinds)
    mark = recording.mark()
    protected.delete()

    def gone(history: History) -> bool:
        return uid not in history.objects(kind)

    recording.wait_for(
        lambda history: gone(history) or history.objects(kind)[uid]["metadata"].get("deletionTimestamp"),
        f"the deletion of {protected} to be noted",
        deadline,
    )
    lost = recording.absent(gone, settle)
    recording.barrier(deadline, *kinds)
    released = recording.mark().moment

    def check(history: History) -> Finding:
        return check_protection(history, kind, uid, released)

    def wait() -> None:
        if not lost:
            release()
            recording.wait_for(gone, f"{protected} to be gone", deadline)

    return InUse().fill(after(wait, namespace, mark, kinds, check).evidence)


def assert_reclaimed(
    claim: Claim, policy: Policy, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Reclaimed]:
    """The `with` block deletes the claim, and its volume becomes what `policy` says: "Delete", gone; or "Retain", Released.

    A volume that is Released keeps its data and the uid of the claim that is gone, so no other claim gets it, of the same name
    neither. The pods that use the claim must go in the block too. `timeout` is in seconds.
    Guarantee: pv-reclaim.
    """
    recording = claim.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        claim_now = claim.namespace.client.find(CLAIM, claim.name, claim.namespace.name)
        if claim_now is None or claim_now["metadata"].get("deletionTimestamp") or claim_now["metadata"]["uid"] != claim.uid:
            recording.wait_for(
                lambda history: reclaimed(history, claim.uid), f"the volume of {claim} to be reclaimed", deadline, since=mark
            )

    return Window(
        "assert_reclaimed",
        claim,
        Reclaimed(),
        ("Pod", CLAIM, VOLUME),
        judge=lambda history: check_reclaimed(history, claim.uid, policy),
        settle=end,
        timeout=timeout,
    ).by(trigger)


class UnusedCondition(Evidence):
    """Whether it is unused in the end, how often that changed, and the longest lag in seconds."""

    unused: bool
    changes: int
    lag: float


def assert_unused_condition(
    claim: Claim, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[UnusedCondition]:
    """In the `with` block and after it, the claim's condition Unused says within five seconds whether a pod uses it.

    A pod that has finished does not. A claim has the condition once it is bound, in Kubernetes 1.37 and later. Fails as vacuous if
    the use did not change. The window ends when both agree, ten seconds after the block at the latest (or after `timeout`).
    Guarantee: pvc-unused-condition.
    """
    recording = claim.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = claim.uid
        recording.barrier(deadline, "Pod", CLAIM)  # what the block has changed must be followed, not only what was seen of it
        recording.absent(lambda history: agrees(history, uid), min(LAG_SECONDS, deadline.remaining))

    return Window(
        "assert_unused_condition",
        claim,
        UnusedCondition(),
        ("Pod", CLAIM),
        judge=lambda history: check_usage(history, claim.uid),
        settle=end,
        timeout=timeout,
    ).by(trigger)


class Expanded(Evidence):
    """The volume, and the capacity that the claim has now."""

    volume: str
    capacity: str


def assert_claim_expands(claim: Claim, size: str, *, timeout: float | None = None) -> Expanded:
    """Asks for more ("2Gi"): the claim's class allows it, and the claim and its volume become as large, within `timeout` seconds.

    What the claim says is looked at, not the file system on the volume. The claim keeps its volume. Some volumes grow only while a
    pod uses them. Fails as vacuous unless `size` is more than the claim asked for, and than it has. Guarantee: pvc-expand.
    """
    namespace, recording, uid = claim.namespace, claim.namespace.recording, claim.uid
    deadline, kinds, refusal = namespace.deadline(timeout), (CLAIM, VOLUME), None
    recording.record(["StorageClass"], deadline)  # only for the cause; a user may lack the right to read it
    recording.barrier(deadline, *kinds)
    mark = recording.mark()
    try:
        claim.patch({"spec": {"resources": {"requests": {"storage": size}}}})
    except ApiError as error:
        refusal = error.message or error.saw

    def wait() -> None:
        if refusal is None:
            recording.wait_for(lambda history: expanded(history, uid, size), f"{claim} to have {size}", deadline, since=mark)

    finding = after(wait, namespace, mark, kinds, lambda history: check_expanded(history, uid, size, refusal))
    return Expanded().fill(finding.evidence)
