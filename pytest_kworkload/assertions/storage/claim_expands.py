"""Claims that are made larger."""

from __future__ import annotations

from ...errors import ApiError
from ...guarantees.storage.claim_expands import check_claim_expands, has_size
from ...objects.claims import CLAIM, VOLUME
from ...workloads.storage import Claim
from ..window import Evidence, after


class Expanded(Evidence):
    """The volume, and the capacity that the claim has now."""

    volume: str
    capacity: str


def assert_claim_expands(claim: Claim, size: str, *, timeout: float | None = None) -> Expanded:
    """Asks for more ("2Gi"): the claim's class allows it, and the claim and its volume become as large, within `timeout` seconds.

    What the claim says is looked at, not the file system on the volume. The claim keeps its volume. Some volumes grow only while a
    pod uses them. Fails as vacuous unless `size` is more than the claim asked for, and more than it has.
    Guarantee: pvc-expand.
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
            recording.wait_for(lambda history: has_size(history, uid, size), f"{claim} to have {size}", deadline, since=mark)

    finding = after(wait, namespace, mark, kinds, lambda history: check_claim_expands(history, uid, size, refusal))
    return Expanded().fill(finding.evidence)
