"""StatefulSets."""

from __future__ import annotations

from .guarantee import Guarantee

_CONTROL = "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go"

GUARANTEES = (
    Guarantee(
        "sts-ordered-start",
        "each replica is created only when all lower ones are available",
        _CONTROL,
        details=("available is Running and Ready for minReadySeconds; none of the lower ones may be terminating",),
    ),
    Guarantee(
        "sts-identity",
        "a replica comes back under its own name and host name, with its own claims",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        details=("its subdomain and its index label are the same too",),
    ),
    Guarantee("sts-at-most-one", "a replica's successor is created only when its predecessor has ended", _CONTROL),
    Guarantee(
        "sts-ordered-stop",
        "scaling down takes replicas away from the highest down, one at a time, while all that stay are available",
        _CONTROL,
    ),
    Guarantee("sts-parallel", "with podManagementPolicy Parallel no replica waits for another one", _CONTROL),
    Guarantee(
        "sts-halt-unhealthy",
        "scaling halts while a replica is unhealthy, and goes on when it is healthy again",
        _CONTROL,
        details=("with podManagementPolicy Parallel it does not halt",),
    ),
    Guarantee(
        "sts-rolling-update",
        "an update goes from the highest replica down, with no more unavailable at any time than allowed",
        _CONTROL,
        details=("allowed is maxUnavailable; a percentage is rounded down, but to at least 1",),
    ),
    Guarantee(
        "sts-partition",
        "replicas below the partition keep their revision, and the others get the new one",
        _CONTROL,
        details=("a lower replica that is deleted comes back with the revision that it had",),
    ),
    Guarantee(
        "sts-ordinals-shift",
        "another ordinals.start moves the window of replicas: those outside go, new ones come, the others stay",
        _CONTROL,
    ),
    Guarantee(
        "sts-broken-rollout",
        "an update stops at the first replica that does not become available, and the others stay old",
        "pkg/controller/statefulset/stateful_set_control.go",
    ),
    Guarantee(
        "sts-immutable",
        "a StatefulSet's selector, serviceName, podManagementPolicy and volumeClaimTemplates cannot be changed in place",
        "pkg/apis/apps/validation/validation.go",
    ),
)
