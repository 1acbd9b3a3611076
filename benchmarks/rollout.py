"""60 pods of a Deployment, from its creation until it is complete, on three nodes.

With `--against PROGRAM`, the same on another program's cluster, in turn. That one is started as `PROGRAM up DIR 3`, in a
network namespace of its own, says `usable` in a line when it is, and its kubeconfig is DIR/admin.kubeconfig; `pause` must
be an image there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.model import History
from pytest_kworkload.objects.readiness import unready

from .cluster import SECONDS, recorded, started
from .figures import line

PODS = 60
RUNS = 3
LABELS = {"app": "idle"}
IMAGE = "registry.k8s.io/pause:3.10"
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "idle"},
    "spec": {
        "replicas": PODS,
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "main", "image": IMAGE}]}},
    },
}


def measure(against: str | None = None) -> list[str]:
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(_ours())
        if against is not None:
            theirs.append(_other(Path(against)))
    lines = [f"{PODS} pods of a Deployment, until it is complete", line("this cluster", ours, "s")]
    if theirs:
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        lines += [line(Path(str(against)).name, theirs, "s"), line("ratio, pair by pair", ratios, "")]
    return lines


def _ours() -> float:
    with started("--nodes", "3", "--image", f"{IMAGE}=stand-in") as cluster:
        return _timed([], cluster.kubeconfig)


def _other(program: Path) -> float:
    with _running(program) as (pid, kubeconfig):
        return _timed(["nsenter", f"--target={pid}", "--net"], kubeconfig)


@contextlib.contextmanager
def _running(program: Path) -> Iterator[tuple[int, Path]]:
    with tempfile.TemporaryDirectory(prefix="kworkload-benchmark-", ignore_cleanup_errors=True) as home:
        command = ["unshare", "--net", str(program), "up", home, "3"]  # it executes the program, so the pid is the program's
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, start_new_session=True) as process:
            try:
                assert process.stdout is not None
                if not any("usable" in said for said in process.stdout):
                    raise SystemExit(f"{program} has ended before its cluster was usable")
                yield process.pid, Path(home) / "admin.kubeconfig"
            finally:
                os.killpg(process.pid, signal.SIGKILL)


def _timed(within: Sequence[str], kubeconfig: Path) -> float:
    """In a process of its own, so that it can be in the other's network namespace; alike for both."""
    command = [*within, sys.executable, "-m", "benchmarks.rollout", str(kubeconfig)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _complete(history: History) -> bool:
    deployments = history.objects("Deployment").values()
    return bool(deployments) and all(unready(one) is None for one in deployments)


def _rollout(kubeconfig: Path) -> float:
    with recorded(kubeconfig, "Deployment") as (client, recording):
        began = time.monotonic()
        client.create(DEPLOYMENT, "default")
        recording.wait_for(_complete, "the Deployment to be complete", Deadline.after(SECONDS))
        return time.monotonic() - began


if __name__ == "__main__":
    print(_rollout(Path(sys.argv[1])))
