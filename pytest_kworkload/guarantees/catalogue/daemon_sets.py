"""DaemonSets."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "ds-one-per-node",
        "exactly one daemon pod on every eligible node, and none elsewhere",
        "pkg/controller/daemon/daemon_controller.go; test/e2e/apps/daemon_set.go",
    ),
)
