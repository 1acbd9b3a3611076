"""Nodes: what their troubles and their administrators do to pods."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "node-down-replacement",
        "the pods of a lost node are not Ready, are told to go, and others take their places",
        "pkg/controller/nodelifecycle/node_lifecycle_controller.go; pkg/controller/podgc/gc_controller.go",
    ),
    Guarantee(
        "taint-noexecute",
        "a NoExecute taint evicts the pods of its node that do not tolerate it, when their time is over, and no others",
        "pkg/controller/tainteviction/taint_eviction.go; test/e2e/node/taints.go",
    ),
    Guarantee(
        "node-cordon",
        "no new pod comes to a cordoned node",
        "pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "undisturbed",
        "what happens around pods touches none of them and restarts no container",
        "pkg/kubelet/kubelet.go; test/e2e/apps/daemon_restart.go",
    ),
)
