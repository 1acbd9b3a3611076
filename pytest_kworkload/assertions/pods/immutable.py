"""What the API server refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import ApiError
from ...guarantees.pods.immutable import check_immutable
from ...workloads.handle import Handle
from ..window import Evidence, held, judged


class Immutable(Evidence):
    """What the API server said."""

    message: str


def assert_immutable(handle: Handle, patch: Mapping[str, Any] | Sequence[Mapping[str, Any]], *, timeout: float | None = None) -> Immutable:
    """The API server refuses the patch as invalid, because a field cannot be changed in place, and the object stays as it is.

    So it is for a StatefulSet's selector, serviceName, podManagementPolicy and volumeClaimTemplates, and for the selector of
    every workload; and for nearly all of a pod's spec (its images can be changed: see assert_restarted_in_place). The failure
    names the promise of the handle's kind. A patch that is accepted has changed the object. Fails as vacuous if it is refused for
    another reason or changes nothing. `timeout` is in seconds, for the recording to hold the object.
    Guarantee: sts-immutable, pod-mutable-fields, immutable-fields.
    """
    namespace, key, uid = handle.namespace, handle.key, handle.uid
    deadline = namespace.deadline(timeout)
    namespace.recording.require(key, deadline)
    namespace.recording.barrier(deadline, key)
    mark = namespace.recording.mark()
    status, message = 200, ""
    try:
        handle.patch(patch)
    except ApiError as error:
        status, message = error.status, error.message
    finding = judged(namespace, mark, (key,), lambda history: check_immutable(history, key, uid, status, message))
    held(finding, namespace.recording.look)
    return Immutable().fill(finding.evidence)
