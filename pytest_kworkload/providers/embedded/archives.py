"""Images from archives for the embedded cluster: `kworkload-cluster load`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ...errors import ClusterError

_PREFIX = "kworkload-cluster load: "


def load(program: Path, directory: Path, archive: Path, name: str | None) -> list[str]:
    """Load the images of an archive into the cluster of this directory. Returns their names, in full. Raises ClusterError."""
    naming = [f"--name={name}"] if name is not None else []
    command = [str(program), "load", "--dir", str(directory), *naming, "--", str(archive)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(done.stderr.strip().removeprefix(_PREFIX))  # it has three parts already
    return [line.split()[0] for line in done.stdout.splitlines()]
