"""Bare pods, and pods that come back."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "self-heal",
        "a deleted pod is replaced by a new one, and no other pod is missed meanwhile",
        "pkg/controller/replicaset/replica_set.go; test/e2e/apps/rc.go",
    ),
    Guarantee(
        "pod-bare-not-recreated",
        "a pod without a controller is never created again",
        "test/e2e/common/node/pods.go",
    ),
)
