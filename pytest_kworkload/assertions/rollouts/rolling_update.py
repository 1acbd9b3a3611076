"""Rolling updates of Deployments: how many pods stay available, and how many are wanted at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...guarantees.finding import Finding
from ...guarantees.rollouts.rolling_update import check_rolling_update
from ...guarantees.rollouts.surge import check_surge
from ...history.model import History
from ...workloads.controllers import Deployment
from ..bounds import checked
from ..window import Evidence, Window, kinds_of


class RollingUpdate(Evidence):
    """The lowest and highest number of available pods in the window, the bound that it was held against, the states seen.

    `highest_wanted` is how many pods the ReplicaSets wanted together at most."""

    lowest_available: int
    highest_available: int
    bound: int
    replicas: int
    states: int
    seconds: float
    highest_wanted: int


def assert_rolling_update(
    deployment: Deployment,
    *,
    min_available: int | str | None = None,
    max_surge: int | str | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[RollingUpdate]:
    """During the update that the `with` block starts, enough pods stay available in every state of the cluster.

    `min_available` is what the workload needs, a number or a percentage of the replicas (rounded up); without it the
    strategy's own promise counts (replicas - maxUnavailable) and is printed. What happened in the window counts, whoever did
    it: a crash or an eviction breaks the capacity too. `max_surge` is what there is room for: that many pods, or that share of
    the replicas (rounded up), may be wanted beyond the replicas; without it the strategy's maxSurge counts. It is about the sizes
    of the ReplicaSets: pods that are still terminating come on top. `timeout` is in seconds, for the update to settle.

    Fails as vacuous if the block makes no new revision, if no pod comes or goes for it, if the template has no readiness signal,
    or if the bound is 0 or more than the replicas. Guarantee: deploy-rolling-available, deploy-rolling-surge.
    """
    checked("min_available", min_available, "write how many pods the workload needs, or their share")
    checked("max_surge", max_surge, "write for how many pods beyond the replicas there is room, or for which share")

    def judge(history: History) -> Finding:
        available = check_rolling_update(history, deployment.uid, min_available)
        wanted = check_surge(history, deployment.uid, max_surge) if available.holds else available
        return replace(available, evidence={**available.evidence, **wanted.evidence}) if wanted.holds else wanted

    return Window("assert_rolling_update", deployment, RollingUpdate(), kinds_of(deployment.kind), judge=judge, timeout=timeout).by(trigger)
