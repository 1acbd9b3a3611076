"""All scenarios, by the kind of workload that they are about."""

from __future__ import annotations

from ..scenario import Scenario
from . import claims, daemon_sets, deployments, jobs, pods, scheduling, services, stateful_sets, storage, templates, volumes

SCENARIOS: tuple[Scenario, ...] = (
    *pods.SCENARIOS,
    *deployments.SCENARIOS,
    *stateful_sets.SCENARIOS,
    *daemon_sets.SCENARIOS,
    *templates.SCENARIOS,
    *storage.SCENARIOS,
    *claims.SCENARIOS,
    *volumes.SCENARIOS,
    *services.SCENARIOS,
    *jobs.SCENARIOS,
    *scheduling.SCENARIOS,
)
