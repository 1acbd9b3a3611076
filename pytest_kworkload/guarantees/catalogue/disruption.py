"""Budgets of disruptions."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "pdb-blocks-eviction",
        "an eviction is refused if it would leave too few healthy pods, and only then",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
        details=("an eviction that leaves fewer than the desired healthy pods is refused",),
    ),
    Guarantee(
        "pdb-unhealthy-policy",
        "a pod that is not Ready may be evicted while enough others are healthy, or always, as the policy says",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
        details=("pods that are not Ready are evicted as unhealthyPodEvictionPolicy says",),
    ),
    Guarantee(
        "pdb-math",
        "a budget makes as many pods stay healthy as its fields and the pods' controllers say",
        "pkg/controller/disruption/disruption.go (getExpectedPodCount)",
        details=("minAvailable and maxUnavailable count of the controllers' replicas, percentages rounded up",),
    ),
    Guarantee(
        "pdb-drain",
        "while nodes are drained, as many pods stay healthy as their budget asks for",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
        details=(
            "a drain evicts pod by pod, and never goes below what the budget desires",
            "a budget binds evictions only: no deletion, rollout, smaller size, taint or loss of a node",
        ),
    ),
)
