"""A claim and its volume."""

from __future__ import annotations

from ...guarantees.storage.claim_bound import check_claim_bound, is_bound
from ...objects.claims import CLAIM, VOLUME
from ...workloads.storage import Claim
from ..window import Evidence, after


class ClaimBound(Evidence):
    """The volume, its class (empty: none) and its capacity as Kubernetes writes it."""

    volume: str
    storage_class: str
    capacity: str


def assert_claim_bound(claim: Claim, *, storage_class: str | None = None, timeout: float | None = None) -> ClaimBound:
    """The claim and one volume belong to each other, by uid, and the volume has the size, modes and class that the claim asks for.

    `storage_class` is the class that you expect, the default class above all. Waits at most `timeout` seconds for the claim to
    be bound. A claim of a class that waits for the first consumer needs a pod that uses it first.
    Guarantee: pvc-bound.
    """
    namespace, recording, uid = claim.namespace, claim.namespace.recording, claim.uid
    deadline = namespace.deadline(timeout)
    recording.record(["StorageClass"], deadline)  # only for the cause; a user may lack the right to read it

    def wait() -> None:
        recording.wait_for(lambda history: is_bound(history, uid), f"{claim} to be bound", deadline, hopeless=claim.hopeless)

    finding = after(wait, namespace, None, (CLAIM, VOLUME), lambda history: check_claim_bound(history, uid, storage_class))
    return ClaimBound().fill(finding.evidence)
