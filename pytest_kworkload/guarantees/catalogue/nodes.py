"""Nodes: what their troubles and their administrators do to pods."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "node-down-replacement",
        "the pods of a lost node are not Ready, are told to go, and others take their places",
        "pkg/controller/nodelifecycle/node_lifecycle_controller.go; pkg/controller/podgc/gc_controller.go",
        details=(
            "a Deployment replaces them at once, a StatefulSet when they are gone, a DaemonSet not at all",
            "a node that is not heard of becomes Unknown, is tainted, and its pods are not Ready any more",
            "the pods of a deleted node are deleted, after a quarantine",
            "with the taint out-of-service the pods of a lost node are deleted, and their volumes detached, at once",
        ),
    ),
    Guarantee(
        "taint-noexecute",
        "a NoExecute taint evicts the pods of its node that do not tolerate it, when their time is over, and no others",
        "pkg/controller/tainteviction/taint_eviction.go; test/e2e/node/taints.go",
        details=(
            "a NoExecute taint takes away what does not tolerate it, at once or after tolerationSeconds",
            "the pods of a lost node are told to go when their tolerations end, and stay until the node is heard of",
        ),
    ),
    Guarantee(
        "node-cordon",
        "no new pod comes to a cordoned node",
        "pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go; test/e2e/apps/statefulset.go",
        details=("a cordoned node gets no new pods but those of DaemonSets, and keeps what it has",),
    ),
    Guarantee(
        "undisturbed",
        "what happens around pods touches none of them and restarts no container",
        "pkg/kubelet/kubelet.go; test/e2e/apps/daemon_restart.go",
        details=("a restart of a kubelet or of the controller manager restarts no container and replaces no pod",),
    ),
    Guarantee(
        "node-pressure-eviction",
        "a node under pressure evicts pods, which fail",
        "pkg/kubelet/eviction/eviction_manager.go; test/e2e_node/eviction_test.go",
        awaits="needs limits of memory and disk that the kernel enforces, which the embedded cluster does not have",
    ),
)
