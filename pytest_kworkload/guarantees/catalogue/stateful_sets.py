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
)
