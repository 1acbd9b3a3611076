"""Budgets of disruptions."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "pdb-blocks-eviction",
        "an eviction that would leave too few healthy pods is refused",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/apps/disruption.go",
    ),
)
