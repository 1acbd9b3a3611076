"""PodDisruptionBudgets, evictions, drains."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "pdb-blocks-eviction",
        "an eviction is refused if it would leave too few healthy pods, and only then",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
    ),
    Guarantee(
        "pdb-unhealthy-policy",
        "a pod that is not Ready may be evicted while enough others are healthy, or with the policy AlwaysAllow at any time",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
    ),
    Guarantee(
        "pdb-math",
        "as many pods must stay healthy as the budget's fields and the replicas of the pods' controllers say",
        "pkg/controller/disruption/disruption.go (getExpectedPodCount)",
        details=("percentages of minAvailable and of maxUnavailable are rounded up",),
    ),
    Guarantee(
        "pdb-drain",
        "while nodes are drained, at least as many pods stay healthy as their budget asks for",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
        details=("a budget binds evictions only: no deletion, rollout, scale-down, taint or loss of a node",),
    ),
)
