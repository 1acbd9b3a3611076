"""DaemonSets."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "ds-one-per-node",
        "exactly one daemon pod on every eligible node, and none elsewhere",
        "pkg/controller/daemon/daemon_controller.go; test/e2e/apps/daemon_set.go",
    ),
    Guarantee(
        "ds-follows-nodes",
        "a node that comes gets its daemon pod, one that goes loses it, and the others keep theirs",
        "pkg/controller/daemon/daemon_controller.go; test/e2e/apps/daemon_set.go",
    ),
    Guarantee(
        "ds-rolling-update",
        "an update leaves few enough nodes without an available pod, and gives few enough a second one",
        "pkg/controller/daemon/update.go; test/e2e/apps/daemon_set.go",
    ),
    Guarantee(
        "ds-tolerations",
        "daemon pods tolerate a node that is cordoned, under pressure, not ready or out of reach",
        "pkg/controller/daemon/util/daemonset_util.go",
    ),
)
