"""What a claim says about who uses it."""

from __future__ import annotations

from collections.abc import Callable

from ..guarantees.claim_usage import agrees, check_usage
from ..guarantees.claims import CLAIM
from ..history.deadline import Deadline
from ..history.recording import Mark
from ..workloads.storage import Claim
from .services import LAG_SECONDS
from .window import Evidence, Window


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
    Source: pvc-unused-condition.
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
