"""A fresh embedded cluster, which ends with the runner: however that ends."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

STOP_SECONDS = 60.0


@contextmanager
def running(program: Path, nodes: int, images: Sequence[Path], logs: Path) -> Iterator[Path]:
    """The kubeconfig of a cluster that has these images. Its logs are kept in `logs`, since its own directory goes with it."""
    with (
        tempfile.TemporaryDirectory(prefix="kworkload-conformance-", ignore_cleanup_errors=True) as name,
        (Path(name) / "owners.lock").open("w") as owner,
    ):
        # The kernel lets go of this lock when the runner dies, and the cluster ends with its last lock.
        fcntl.flock(owner, fcntl.LOCK_SH)
        command = [str(program), "up", "--owned", "--nodes", str(nodes), "--dir", name]
        for image in images:
            command += ["--image-archive", str(image)]
        # A session of its own: Ctrl-C is for the runner, which ends the tests before the cluster.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise SystemExit("the cluster did not start; what it said is above")
            yield Path(json.loads(line)["kubeconfig"])
        finally:
            if (Path(name) / "logs").is_dir():
                shutil.copytree(Path(name) / "logs", logs, dirs_exist_ok=True)
            owner.close()
            process.stdout.close()
            _wait(process)


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
