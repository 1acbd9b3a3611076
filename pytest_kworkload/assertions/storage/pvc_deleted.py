"""Claims that go with what used them."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.storage.departure import After, why_not_departed
from ...guarantees.storage.pvc_deleted import check_pvc_deleted, claims_on_their_way
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...objects.claims import CLAIM
from ...workloads.controllers import Workload
from ..window import Evidence, Window, kinds_of, settled


class PvcDeleted(Evidence):
    """The claims that went, and those that stayed."""

    deleted: tuple[str, ...]
    kept: tuple[str, ...]


def assert_pvc_deleted(
    workload: Workload, *, after: After, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[PvcDeleted]:
    """The claims of the pods that the `with` block takes away for good go with them, and no others do.

    `after` says what the block does: "scale-down" or "delete" (of the workload), for persistentVolumeClaimRetentionPolicy, which
    is about the claims of volumeClaimTemplates; or "pod-delete", for claims of generic ephemeral volumes. Any other claim that the
    template names stays. `timeout` is in seconds. The opposite is assert_pvc_retained. Fails as vacuous if the block does not do
    what `after` says, or if each pod comes back under its name.
    Guarantee: sts-pvc-delete-policy, vol-ephemeral-lifetime.
    """
    namespace, kind = workload.namespace, workload.kind

    def end(mark: Mark, deadline: Deadline) -> None:
        recording, uid = namespace.recording, workload.uid
        if workload.exists():
            if after != "delete":
                settled(workload, deadline)
        else:
            recording.wait_for(
                lambda history: why_not_departed(history, kind, uid, after) is None,
                f"{workload} and its pods to be gone",
                deadline,
                since=mark,
                seen=lambda history: why_not_departed(history, kind, uid, after) or "",
            )
        # A claim whose owner is gone will follow it: the garbage collector is told by the owner's deletion.
        recording.wait_for(
            lambda history: why_not_departed(history, kind, uid, after) or not claims_on_their_way(history, kind, uid, after),
            "the claims to go with their owners",
            deadline,
            since=mark,
        )

    return Window(
        "assert_pvc_deleted",
        workload,
        PvcDeleted(),
        kinds_of(kind, CLAIM),
        judge=lambda history: check_pvc_deleted(history, kind, workload.uid, after),
        settle=end,
        timeout=timeout,
    ).by(trigger)
