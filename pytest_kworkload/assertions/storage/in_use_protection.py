"""Claims and volumes that are in use while they are deleted."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...guarantees.storage.in_use_protection import check_in_use_protection
from ...history.model import History
from ...objects.claims import CLAIM, VOLUME
from ...workloads.handle import Handle
from ..window import ABSENCE_SECONDS, Evidence, after


class InUse(Evidence):
    """What used it, and for how many seconds after its deletion it was still there when `release` was called."""

    users: tuple[str, ...]
    seconds: float


def assert_in_use_protection(
    protected: Handle, *, release: Callable[[], object], settle: float = ABSENCE_SECONDS, timeout: float | None = None
) -> InUse:
    """Deletes a claim that pods use, or a volume that a claim has; it stays until `release()` has taken its users away, then it goes.

    That it stays is watched for `settle` seconds. Pods that are scheduled count as users, even those that have finished: `release`
    must delete them. A volume is passed as `kworkload.object("PersistentVolume", name)`. `timeout`, in seconds, is for all of it.
    Fails as vacuous if nothing uses it.
    Guarantee: pvc-in-use-protection.
    """
    namespace, recording, kind, uid = protected.namespace, protected.namespace.recording, protected.key, protected.uid
    deadline, kinds = namespace.deadline(timeout), ("Pod", CLAIM, VOLUME)
    recording.barrier(deadline, *kinds)
    mark = recording.mark()
    protected.delete()

    def is_gone(history: History) -> bool:
        return uid not in history.objects(kind)

    recording.wait_for(
        lambda history: is_gone(history) or history.objects(kind)[uid]["metadata"].get("deletionTimestamp"),
        f"the deletion of {protected} to be noted",
        deadline,
    )
    unprotected = recording.absent(is_gone, settle)
    recording.barrier(deadline, *kinds)
    released = recording.mark().moment

    def check(history: History) -> Finding:
        return check_in_use_protection(history, kind, uid, released)

    def wait() -> None:
        if not unprotected:
            release()
            recording.wait_for(is_gone, f"{protected} to be gone", deadline)

    return InUse().fill(after(wait, namespace, mark, kinds, check).evidence)
