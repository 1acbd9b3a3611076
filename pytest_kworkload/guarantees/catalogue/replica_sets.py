"""ReplicaSets: how many pods, which ones, and what belongs to whom."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "rs-replica-count",
        "exactly as many pods are active as were asked for, and they stay so many",
        "pkg/controller/replicaset/replica_set.go; test/e2e/apps/replica_set.go",
        details=(
            "there are exactly spec.replicas active pods; terminating ones come on top",
            "the scale of a Deployment, ReplicaSet or StatefulSet is its spec.replicas; a DaemonSet has none",
        ),
    ),
    Guarantee(
        "rs-adopt-release",
        "pods that the selector matches and nobody controls are adopted, those that it does not match any more are released",
        "pkg/controller/controller_ref_manager.go; test/e2e/apps/replica_set.go",
        details=("pods that nobody controls and the selector matches are adopted, those that it does not match any more are released",),
    ),
    Guarantee(
        "rs-scale-down-victims",
        "fewer replicas take away the pods that are least useful or cheapest to delete",
        "pkg/controller/controller_utils.go (ActivePodsWithRanks)",
        details=("a smaller size takes away first what is least useful, then what is cheapest to delete",),
    ),
    Guarantee(
        "rs-replica-failure",
        "a pod that may not be created shows as the condition ReplicaFailure, which goes when it may",
        "pkg/controller/replicaset/replica_set_utils.go; test/e2e/apps/replica_set.go",
        details=("a pod that may not be created shows in the condition ReplicaFailure until it may",),
    ),
    Guarantee(
        "owner-cascade",
        "a deleted owner's dependents go with it, or stay without it, as the deletion says",
        "pkg/controller/garbagecollector/garbagecollector.go; test/e2e/apimachinery/garbage_collector.go",
        details=("dependents go with their owner, before or after it, or stay without it, as the deletion says",),
    ),
)
