"""The program kworkload-cluster itself, as a user calls it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = os.geteuid() == 0

NOT_MAPPED = (
    "{} cannot be had: the cluster runs as an ordinary user of this machine, so user and group 0 are the only ones inside. "
    "Run the tests as root, or let the pod say 0"
)


def program() -> Path:
    named = os.environ.get("KWORKLOAD_EMBEDDED_BINARY")
    if named:
        return Path(named)
    import kworkload_embedded_cluster

    return Path(kworkload_embedded_cluster.binary())


def call(*arguments: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Runs it to its end."""
    return subprocess.run([str(program()), *map(str, arguments)], capture_output=True, text=True, timeout=timeout, check=False)


def load(kubeconfig: Path, *archives: Path, name: str | None = None) -> list[str]:
    """Loads archives into the cluster of this kubeconfig and returns the names that the images have now."""
    naming = ["--name", name] if name else []
    done = call("load", "--dir", kubeconfig.parent, *naming, *archives)
    assert done.returncode == 0, done.stderr
    return [line.split()[0] for line in done.stdout.splitlines()]
