"""What a claim says about its use."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.storage.unused_condition import check_unused_condition, condition_agrees
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...objects.claims import CLAIM
from ...workloads.storage import Claim
from ..window import LAG_SECONDS, Evidence, Window


class UnusedCondition(Evidence):
    """Whether it is unused at the end, how often that changed, and the longest lag in seconds."""

    unused: bool
    changes: int
    lag: float


def assert_unused_condition(
    claim: Claim, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[UnusedCondition]:
    """In the `with` block and after it, the claim's condition Unused says within five seconds whether a pod uses it.

    A pod that has finished does not. A claim has the condition once it is bound, in Kubernetes 1.37 and later. The window ends when
    both agree, ten seconds after the block at the latest (or after `timeout` seconds). Fails as vacuous if the use did not change.
    Guarantee: pvc-unused-condition.
    """
    recording = claim.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = claim.uid
        recording.barrier(deadline, "Pod", CLAIM)  # what the block has changed must be followed, not only what was seen of it
        recording.absent(lambda history: condition_agrees(history, uid), min(LAG_SECONDS, deadline.remaining))

    return Window(
        "assert_unused_condition",
        claim,
        UnusedCondition(),
        ("Pod", CLAIM),
        judge=lambda history: check_unused_condition(history, claim.uid),
        settle=end,
        timeout=timeout,
    ).by(trigger)
