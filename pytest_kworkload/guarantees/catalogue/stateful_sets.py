"""StatefulSets."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sts-ordered-start",
        "each replica is created only when all lower ones are available",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-identity",
        "a replica comes back under its own name, host name and claims",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-at-most-one",
        "a replica's successor comes only after its predecessor has ended",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-ordered-stop",
        "replicas go from the highest down, one at a time, while all that stay are available",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-parallel",
        "with podManagementPolicy Parallel no replica waits for another one",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-halt-unhealthy",
        "scaling halts while a replica is unhealthy, and goes on when it is healthy again",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-rolling-update",
        "an update goes from the highest replica down, and few enough are unavailable at any time",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-partition",
        "replicas below the partition keep their revision, the others get the new one",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-ordinals-shift",
        "another first ordinal moves the window: replicas outside go, new ones come, the others stay",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-failed-pod",
        "a pod that has finished is replaced, a replica's under its own name",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-broken-rollout",
        "an update stops at the first replica that does not become available, and the others stay old",
        "pkg/controller/statefulset/stateful_set_control.go",
    ),
    Guarantee(
        "sts-immutable",
        "a set's selector, service, pod management and claim templates cannot be changed in place",
        "pkg/apis/apps/validation/validation.go",
    ),
)
