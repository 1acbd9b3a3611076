"""Objects whose status is about the spec that they have now."""

from __future__ import annotations

from ...guarantees.pods.observed import check_observed
from ...history.deadline import Deadline
from ...objects.readiness import observed
from ...workloads.handle import Handle
from ..window import Evidence
from .waiting import held_after


class Observed(Evidence):
    """The generation that the status is about."""

    generation: int


def assert_observed(handle: Handle, *, timeout: float | None = None) -> Observed:
    """The object's controller has seen the spec that the object has now, within `timeout` seconds.

    Only then can its status be believed. Fails as vacuous if the status still has no observedGeneration when the time is over; at
    once if the object has no generation at all. Guarantee: observed.
    """

    def wait(deadline: Deadline) -> None:
        if "generation" in handle.get()["metadata"]:
            handle.namespace.recording.wait_for(
                lambda history: (now := handle.current(history)) is not None and observed(now), f"{handle} to be observed", deadline
            )

    finding = held_after(wait, handle, lambda history: check_observed(history.seen(handle.key)[handle.uid]), timeout)
    return Observed().fill(finding.evidence)
