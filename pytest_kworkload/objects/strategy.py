"""What an update strategy is and what it allows, of a Deployment, StatefulSet or DaemonSet."""

from __future__ import annotations

from ..history.model import Object
from .numbers import rolling_bounds, scaled


def strategy_allows(workload: Object, replicas: int) -> tuple[int, str]:
    """How many pods a workload's strategy lets be unavailable, and the words for it."""
    rolling, kind = rolling_update(workload), strategy_type(workload)
    if kind == "Recreate":
        return replicas, f"all {replicas} to be unavailable at once (Recreate)"
    if workload["kind"] == "Deployment":
        raw, surge = rolling.get("maxUnavailable", "25%"), rolling.get("maxSurge", "25%")
        allowed, _ = rolling_bounds(raw, surge, replicas)
        return allowed, f"{allowed} unavailable (maxUnavailable {raw})"
    raw = rolling.get("maxUnavailable", 1)
    # A DaemonSet's percentage rounds up. A StatefulSet's rounds down, whatever its API says, and to at least 1.
    allowed = scaled(raw, replicas, "up") if workload["kind"] == "DaemonSet" else max(1, scaled(raw, replicas, "down"))
    return allowed, f"{allowed} unavailable (maxUnavailable {raw})"


def surge_of(deployment: Object, replicas: int) -> int:
    """How many pods a Deployment may have beyond its replicas while it updates."""
    rolling = rolling_update(deployment)
    if strategy_type(deployment) == "Recreate" or replicas == 0:
        return 0
    return rolling_bounds(rolling.get("maxUnavailable", "25%"), rolling.get("maxSurge", "25%"), replicas)[1]


def _strategy(workload: Object) -> Object:
    strategy: Object = workload["spec"].get(field(workload).removeprefix("spec.")) or {}
    return strategy


def strategy_type(workload: Object) -> str:
    """The type of a workload's update strategy."""
    return str(_strategy(workload).get("type", "RollingUpdate"))


def rolling_update(workload: Object) -> Object:
    rolling: Object = _strategy(workload).get("rollingUpdate") or {}
    return rolling


def field(workload: Object) -> str:
    return "spec.strategy" if workload["kind"] == "Deployment" else "spec.updateStrategy"
