"""All scenarios, by the kind of workload that they are about."""

from __future__ import annotations

from ..scenario import Scenario
from . import containers, daemon_sets, deployments, places, pods, replica_sets, rollouts, stateful_sets, storage, templates

SCENARIOS: tuple[Scenario, ...] = (
    *pods.SCENARIOS,
    *containers.SCENARIOS,
    *replica_sets.SCENARIOS,
    *deployments.SCENARIOS,
    *rollouts.SCENARIOS,
    *stateful_sets.SCENARIOS,
    *places.SCENARIOS,
    *daemon_sets.SCENARIOS,
    *templates.SCENARIOS,
    *storage.SCENARIOS,
)
