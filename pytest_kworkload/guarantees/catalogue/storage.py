"""Claims and volumes."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sts-pvc-retain",
        "claims and their data outlive the pods that used them",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
    ),
)
