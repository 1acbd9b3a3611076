"""Claims that one pod at a time may use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...errors import KworkloadError
from ...guarantees.finding import Finding
from ...guarantees.storage.access_mode import MODE, check_access_mode, scheduler_has_decided
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.claims import CLAIM
from ...workloads.storage import Claim
from ..window import ABSENCE_SECONDS, ANSWER_SECONDS, Evidence, Window


class Refused(Evidence):
    """The pods that did not get the claim."""

    refused: tuple[str, ...]


def assert_access_mode_enforced(
    claim: Claim,
    mode: Literal["ReadWriteOncePod"],
    *,
    settle: float = ABSENCE_SECONDS,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Refused]:
    """While one pod uses the claim, a second one that the `with` block applies is not scheduled: the promise of ReadWriteOncePod.

    That is watched for `settle` seconds after the scheduler has refused it; `timeout`, in seconds, is for the refusal. No other
    mode keeps a pod away from a claim: ReadWriteOnce is about nodes, and only where volumes are attached to them. Fails as vacuous
    if no pod used the claim before the block, or if the second one waits for something else.
    Guarantee: pv-access-rwop.
    """
    if mode != MODE:
        raise KworkloadError(
            f"mode={mode!r}",
            "this mode keeps no pod away from a claim: ReadWriteOnce is about nodes, and only where volumes are attached to them",
            f"ask for {MODE}; for ReadWriteMany use assert_shared_across_nodes",
        )
    recording = claim.namespace.recording

    def check(history: History) -> Finding:
        return check_access_mode(history, claim.uid)

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = claim.uid
        if recording.absent(
            lambda history: bool(check(history).breaches) or scheduler_has_decided(history, uid), ANSWER_SECONDS, since=mark
        ):
            recording.absent(lambda history: bool(check(history).breaches), min(settle, deadline.remaining), since=mark)

    return Window("assert_access_mode_enforced", claim, Refused(), ("Pod", CLAIM), judge=check, settle=end, timeout=timeout).by(trigger)
