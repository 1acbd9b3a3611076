"""The logs of a kind cluster's nodes: those of their systems and containers, and what Docker knows about them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ...errors import ClusterError
from .docker import tail

SECONDS = 120.0


def export(kind: Path, cluster: str, target: Path) -> None:
    """Have kind collect them. Raises ClusterError."""
    command = [str(kind), "export", "logs", str(target), "--name", cluster]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, errors="replace"
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(cluster, f"it took longer than {SECONDS:g} s") from error
    if done.returncode:
        raise _failed(cluster, tail(done.stdout))


def _failed(cluster: str, why: str) -> ClusterError:
    return ClusterError(f"kind did not export the logs of {cluster}", why, "see whether `docker ps` answers")
