"""A claim that waits for its first pod."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.storage.first_consumer import check_first_consumer, has_volume_and_node
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...objects.claims import CLAIM, VOLUME, users
from ...workloads.storage import Claim
from ..window import ABSENCE_SECONDS, ANSWER_SECONDS, Evidence, Window


class FirstConsumer(Evidence):
    """The volume, and the node of the pod that it was made for."""

    volume: str
    node: str


def assert_waits_for_first_consumer(
    claim: Claim, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[FirstConsumer]:
    """The claim has no volume until a pod that uses it, applied in the `with` block, is scheduled; then one for that pod's node.

    Before the block the claim is watched for `settle` seconds, in which nothing may happen. `timeout`, in seconds, is for the
    pod to be scheduled and the volume to be made. Fails as vacuous if the claim comes in the block, or no pod that uses it does.
    Guarantee: pvc-wait-first-consumer.
    """
    recording = claim.namespace.recording

    def prepare() -> None:
        uid = claim.uid
        recording.absent(lambda history: bool(history.objects(CLAIM).get(uid, {"spec": {}})["spec"].get("volumeName")), settle)

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = claim.uid
        if recording.absent(lambda history: bool(users(history.objects("Pod").values(), history.seen(CLAIM)[uid])), ANSWER_SECONDS):
            recording.wait_for(lambda history: has_volume_and_node(history, uid), f"a pod that uses {claim} to be scheduled", deadline)

    return Window(
        "assert_waits_for_first_consumer",
        claim,
        FirstConsumer(),
        (CLAIM, VOLUME, "Pod", "Node"),
        judge=lambda history: check_first_consumer(history, claim.uid),
        settle=end,
        timeout=timeout,
        prepare=prepare,
    ).by(trigger)
