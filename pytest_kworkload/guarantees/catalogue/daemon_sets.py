"""DaemonSets."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "ds-one-per-node",
        "there is exactly one daemon pod on every eligible node, and none elsewhere",
        "pkg/controller/daemon/daemon_controller.go; test/e2e/apps/daemon_set.go",
    ),
    Guarantee(
        "ds-follows-nodes",
        "a node that comes gets its daemon pod, one that goes loses it, and the others keep theirs",
        "pkg/controller/daemon/daemon_controller.go; test/e2e/apps/daemon_set.go",
        details=("a node also comes by becoming eligible, and goes by becoming unfit to keep a pod",),
    ),
    Guarantee(
        "ds-rolling-update",
        "an update leaves no more nodes without an available pod, and gives no more a second one, than allowed",
        "pkg/controller/daemon/update.go; test/e2e/apps/daemon_set.go",
        details=(
            "allowed are maxUnavailable and maxSurge; percentages are of the eligible nodes, rounded up",
            "with maxSurge the old pod goes when the new one is available",
        ),
    ),
    Guarantee(
        "ds-tolerations",
        "daemon pods tolerate a node that is cordoned, under pressure, not ready or unreachable",
        "pkg/controller/daemon/util/daemonset_util.go",
    ),
)
