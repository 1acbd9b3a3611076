"""DaemonSets."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "ds-one-per-node",
        "exactly one daemon pod on every eligible node, and none elsewhere",
        "pkg/controller/daemon/daemon_controller.go; test/e2e/apps/daemon_set.go",
        details=("there is exactly one pod on every eligible node, and none elsewhere",),
    ),
    Guarantee(
        "ds-follows-nodes",
        "a node that comes gets its daemon pod, one that goes loses it, and the others keep theirs",
        "pkg/controller/daemon/daemon_controller.go; test/e2e/apps/daemon_set.go",
        details=("pods come and go as nodes join, leave, become eligible or are no longer so",),
    ),
    Guarantee(
        "ds-rolling-update",
        "an update leaves few enough nodes without an available pod, and gives few enough a second one",
        "pkg/controller/daemon/update.go; test/e2e/apps/daemon_set.go",
        details=(
            "an update leaves at most maxUnavailable (rounded up) eligible nodes without an available pod",
            "with maxSurge (rounded up) the new pod comes first on so many nodes, and the old one goes when it is available",
        ),
    ),
    Guarantee(
        "ds-tolerations",
        "daemon pods tolerate a node that is cordoned, under pressure, not ready or out of reach",
        "pkg/controller/daemon/util/daemonset_util.go",
        details=("daemon pods tolerate nodes that are cordoned, under pressure, not ready or out of reach",),
    ),
)
