"""All scenarios, by the kind of workload that they are about."""

from __future__ import annotations

from ..scenario import Scenario
from . import (
    budgets,
    claims,
    containers,
    daemon_sets,
    deployments,
    jobs,
    nodes,
    places,
    pods,
    replica_sets,
    rollouts,
    scheduling,
    services,
    stateful_sets,
    storage,
    templates,
    volumes,
)

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
    *claims.SCENARIOS,
    *volumes.SCENARIOS,
    *services.SCENARIOS,
    *budgets.SCENARIOS,
    *jobs.SCENARIOS,
    *nodes.SCENARIOS,
    *scheduling.SCENARIOS,
)
