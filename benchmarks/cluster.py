"""The program, started as a user would start it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.recorder import Recorder
from pytest_kworkload.history.recording import Recording
from pytest_kworkload.kube.client import Client
from pytest_kworkload.kube.watch import ClusterSource

SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Started:
    """A usable cluster: the pid of its supervisor, its kubeconfig, when its start began, and its own account of the start."""

    pid: int
    kubeconfig: Path
    began: float
    phases: dict[str, int]


def program() -> str:
    named = os.environ.get("KWORKLOAD_EMBEDDED_BINARY")
    if named:
        return named
    import kworkload_embedded_cluster

    return str(kworkload_embedded_cluster.binary())


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[Started]:
    home = Path(tempfile.mkdtemp(prefix="kworkload-benchmark-"))
    began = time.monotonic()
    command = [program(), "up", "--dir", str(home / "cluster"), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the cluster did not start; its message is above")
        ready = json.loads(line)
        yield Started(ready["pid"], Path(ready["kubeconfig"]), began, ready["phases"])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def recorded(kubeconfig: Path, *kinds: str) -> Iterator[tuple[Client, Recording]]:
    """A client, and a recording of the namespace `default` to wait on."""
    client = Client(kubeconfig)
    recorder = Recorder(ClusterSource(client))
    try:
        recorder.record(kinds, Deadline.after(SECONDS))
        yield client, Recording(recorder, "default", "kubectl")
    finally:
        recorder.stop()
        client.close()
