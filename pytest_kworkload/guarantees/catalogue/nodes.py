"""What happens to pods when nodes are lost, tainted, cordoned or restarted."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "node-down-replacement",
        "the pods of a lost node stop counting as Ready, begin to terminate, and are replaced on other nodes",
        "pkg/controller/nodelifecycle/node_lifecycle_controller.go; pkg/controller/podgc/gc_controller.go",
        details=(
            "a Deployment replaces them when they are terminating, a StatefulSet when they are gone, a DaemonSet not at all",
            "a node that no longer reports becomes Unknown and is tainted",
            "the pods of a deleted node are deleted after a quarantine",
            "with the taint out-of-service the pods of a lost node are deleted, and their volumes detached, at once",
        ),
    ),
    Guarantee(
        "taint-noexecute",
        "a NoExecute taint evicts the pods of its node that do not tolerate it, at once or after their tolerationSeconds, and no others",
        "pkg/controller/tainteviction/taint_eviction.go; test/e2e/node/taints.go",
        details=("evicted pods of a lost node stay, terminating, until the node reports again",),
    ),
    Guarantee(
        "node-cordon",
        "no new pod is placed on a cordoned node",
        "pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go; test/e2e/apps/statefulset.go",
        details=("the pods of DaemonSets are placed there all the same, and the pods that are there stay",),
    ),
    Guarantee(
        "undisturbed",
        "what happens around a workload creates or deletes none of its pods and restarts no container",
        "pkg/kubelet/kubelet.go; test/e2e/apps/daemon_restart.go",
        details=("a restart of a kubelet or of the controller manager leaves pods and containers alone",),
    ),
    Guarantee(
        "node-pressure-eviction",
        "a node under pressure evicts pods, and their phase becomes Failed",
        "pkg/kubelet/eviction/eviction_manager.go; test/e2e_node/eviction_test.go",
        awaits="needs limits of memory and disk that the kernel enforces, which the embedded cluster does not have",
    ),
)
