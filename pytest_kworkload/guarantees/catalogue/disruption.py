"""Budgets of disruptions."""

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
        "a pod that is not Ready may be evicted while enough others are healthy, or always, as the policy says",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
    ),
    Guarantee(
        "pdb-math",
        "a budget makes as many pods stay healthy as its fields and the pods' controllers say",
        "pkg/controller/disruption/disruption.go (getExpectedPodCount)",
    ),
    Guarantee(
        "pdb-drain",
        "while nodes are drained, as many pods stay healthy as their budget asks for",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
    ),
)
