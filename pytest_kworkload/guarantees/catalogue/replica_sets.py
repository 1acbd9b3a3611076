"""ReplicaSets: how many pods, which ones, and what belongs to whom."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "rs-replica-count",
        "exactly as many pods are active as were asked for, and it stays that way",
        "pkg/controller/replicaset/replica_set.go; test/e2e/apps/replica_set.go",
        details=(
            "terminating and finished pods come on top",
            "the scale of a Deployment, ReplicaSet or StatefulSet is its spec.replicas; a DaemonSet has none",
        ),
    ),
    Guarantee(
        "rs-adopt-release",
        "pods without a controller that the selector matches are adopted, and those that it no longer matches are released",
        "pkg/controller/controller_ref_manager.go; test/e2e/apps/replica_set.go",
    ),
    Guarantee(
        "rs-scale-down-victims",
        "scaling down takes away the least useful pods first, then those that are cheapest to delete",
        "pkg/controller/controller_utils.go (ActivePodsWithRanks)",
    ),
    Guarantee(
        "rs-replica-failure",
        "a pod whose creation is refused shows in the condition ReplicaFailure until it can be created",
        "pkg/controller/replicaset/replica_set_utils.go; test/e2e/apps/replica_set.go",
    ),
    Guarantee(
        "owner-cascade",
        "the dependents of a deleted owner are deleted with it, or stay without it, as the deletion says",
        "pkg/controller/garbagecollector/garbagecollector.go; test/e2e/apimachinery/garbage_collector.go",
        details=("with propagation Foreground they go before their owner, with Background after it, with Orphan they stay",),
    ),
)
