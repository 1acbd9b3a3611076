"""`kworkload-cluster load`, and what an ordinary user's cluster says of ids that it does not have."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .driver import SECONDS, Cluster, program

ROOT = os.geteuid() == 0

_NO_SUCH_ID = "{} cannot be had: the cluster runs as an ordinary user of this machine, so user and group 0 are the only ones inside. "


def refusal(field: str, number: int) -> str:
    return _NO_SUCH_ID.format(f"{field} {number}") + f"Run the tests as root, or leave {field} out"


def refusal_of_image(number: int) -> str:
    return _NO_SUCH_ID.format(f"the image's user {number}") + "Run the tests as root, or set runAsUser to 0"


def call(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end."""
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS, check=False)


def load(cluster: Cluster, *archives: Path, name: str | None = None) -> list[str]:
    """Loads archives and returns the names that the images have now."""
    naming = ["--name", name] if name else []
    done = call("load", "--dir", cluster.directory, *naming, *archives)
    assert done.returncode == 0, done.stderr
    return [line.split()[0] for line in done.stdout.splitlines()]
