"""A fresh embedded cluster, which ends with the runner: however that ends."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

START = "the cluster did not start; what it said is above"
STOP_SECONDS = 60.0


class Cluster:
    """Runs from `with` to its end. Its logs are kept in `logs`, since its own directory goes with it."""

    def __init__(self, program: Path, nodes: int, images: Sequence[Path], logs: Path) -> None:
        self._program, self._nodes, self._images, self._logs = program, nodes, images, logs

    def __enter__(self) -> Cluster:
        self.directory = Path(tempfile.mkdtemp(prefix="kworkload-conformance-"))
        # The kernel lets go of this lock when the runner dies, and the cluster ends with its last lock.
        self._owner = os.open(self.directory / "owners.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._owner, fcntl.LOCK_SH)
        command = [str(self._program), "up", "--owned", "--nodes", str(self._nodes), "--dir", str(self.directory)]
        for image in self._images:
            command += ["--image-archive", str(image)]
        # A session of its own: Ctrl-C is for the runner, which ends the tests before the cluster.
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
        assert self._process.stdout is not None
        try:
            line = self._process.stdout.readline()
            if not line:
                raise SystemExit(START)
            self.kubeconfig = Path(json.loads(line)["kubeconfig"])
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if (self.directory / "logs").is_dir():
            shutil.copytree(self.directory / "logs", self._logs, dirs_exist_ok=True)
        self._end()

    def _end(self) -> None:
        os.close(self._owner)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)  # what is there if it never started, or was killed
