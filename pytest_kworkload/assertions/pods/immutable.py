"""Fields that the API server does not let you change."""

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

    Such fields are a StatefulSet's selector, serviceName, podManagementPolicy and volumeClaimTemplates, the selector of every
    workload, and nearly all of a pod's spec (its images can be changed: see assert_restarted_in_place). A failure names the
    guarantee of the object's kind; a patch that was accepted has changed the object. Fails as vacuous if the patch is refused for
    another reason or changes nothing. The recording has `timeout` seconds to see the object.
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
