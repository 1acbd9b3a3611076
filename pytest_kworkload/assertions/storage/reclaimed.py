"""Volumes whose claim is deleted."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.storage.reclaimed import Policy, check_reclaimed, is_reclaimed
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...objects.claims import CLAIM, VOLUME
from ...workloads.storage import Claim
from ..window import Evidence, Window


class Reclaimed(Evidence):
    """The volume, and its phase at the end (empty: it is gone)."""

    volume: str
    phase: str


def assert_reclaimed(
    claim: Claim, policy: Policy, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Reclaimed]:
    """The `with` block deletes the claim, and its volume becomes what `policy` says: "Delete", gone; or "Retain", Released.

    A volume that is Released keeps its data and the uid of the claim that is gone, so no other claim gets it, not even one of the
    same name. The pods that use the claim must go in the block too. `timeout` is in seconds. Fails as vacuous if the claim had no
    volume, or if it was not deleted.
    Guarantee: pv-reclaim.
    """
    recording = claim.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        now = claim.namespace.client.find(CLAIM, claim.name, claim.namespace.name)
        if now is None or now["metadata"].get("deletionTimestamp") or now["metadata"]["uid"] != claim.uid:
            recording.wait_for(
                lambda history: is_reclaimed(history, claim.uid), f"the volume of {claim} to be reclaimed", deadline, since=mark
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
