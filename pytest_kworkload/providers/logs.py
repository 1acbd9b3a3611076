"""What a cluster's components logged, for looking at a failure when the cluster is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..cluster.running import Running
from ..errors import ClusterError


def export(running: Running, home: Path, run: str) -> str:
    """Write them into a directory of the cluster's own below `home`. Returns a line for the report: a failure here fails no run."""
    if running.logs is None:
        return f"no logs of the cluster: the provider {running.provider} has none to give"
    return save(running.logs, home / (running.directory.name if running.directory is not None else f"{running.provider}-{run}"))


def save(logs: Callable[[Path], object], target: Path) -> str:
    """The same, with the provider's own function (`Running.logs`)."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        logs(target)
    except (OSError, ClusterError) as error:
        return f"no logs of the cluster: {error}"
    return f"logs of the cluster: {target}"
