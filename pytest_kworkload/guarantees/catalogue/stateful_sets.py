"""StatefulSets."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sts-ordered-start",
        "each replica is created only when all lower ones are available",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("a replica is created when all lower ones are Running, Ready and available, and none of them is terminating",),
    ),
    Guarantee(
        "sts-identity",
        "a replica comes back under its own name, host name and claims",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        details=("a replica comes back with its name, host name, labels and claims",),
    ),
    Guarantee(
        "sts-at-most-one",
        "a replica's successor comes only after its predecessor has ended",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("there is at most one pod of an ordinal; its successor comes when it is gone",),
    ),
    Guarantee(
        "sts-ordered-stop",
        "replicas go from the highest down, one at a time, while all that stay are available",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("a smaller size takes away the highest ordinal first, one at a time, while all that stay are healthy",),
    ),
    Guarantee(
        "sts-parallel",
        "with podManagementPolicy Parallel no replica waits for another one",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("with podManagementPolicy Parallel replicas come and go without waiting for one another",),
    ),
    Guarantee(
        "sts-halt-unhealthy",
        "scaling halts while a replica is unhealthy, and goes on when it is healthy again",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("scaling halts while another replica is unhealthy, and goes on afterwards; with Parallel it does not halt",),
    ),
    Guarantee(
        "sts-rolling-update",
        "an update goes from the highest replica down, and few enough are unavailable at any time",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("an update goes from the highest ordinal down, with at most maxUnavailable (rounded down, at least 1) unavailable",),
    ),
    Guarantee(
        "sts-partition",
        "replicas below the partition keep their revision, the others get the new one",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("only replicas from the partition on are updated; the lower ones come back as they were",),
    ),
    Guarantee(
        "sts-ordinals-shift",
        "another first ordinal moves the window: replicas outside go, new ones come, the others stay",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("another ordinals.start moves the window of replicas; those inside it stay",),
    ),
    Guarantee(
        "sts-broken-rollout",
        "an update stops at the first replica that does not become available, and the others stay old",
        "pkg/controller/statefulset/stateful_set_control.go",
        details=("an update stops at the first replica that does not become available; the others stay old",),
    ),
    Guarantee(
        "sts-immutable",
        "a set's selector, service, pod management and claim templates cannot be changed in place",
        "pkg/apis/apps/validation/validation.go",
        details=("selector, serviceName, podManagementPolicy and volumeClaimTemplates cannot be changed",),
    ),
)
