"""The process that makes one kind cluster, waits until nobody owns it any more, and deletes it.

It is started as a program, in a session of its own, so that the cluster ends however pytest ends. What pytest-kind prints
and leaves in the working directory (a folder `.pytest-kind`) stays in the cluster's directory.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...cluster import owners

LOG = "kind.log"
CONFIG = "kind.yaml"
KUBECONFIG = "kubeconfig"
RECORD = "kind.json"  # which cluster it is; locked for as long as this process lives
AGAIN_SECONDS = 2.0
LONGEST_LOG = 1 << 16  # characters: what kubeadm says when it fails is long


def command(directory: Path, name: str, image: str, kind: Path, config: Mapping[str, Any]) -> list[str]:
    """How this program is started for a cluster."""
    about = {"name": name, "image": image, "kind": str(kind), "config": config}
    return [sys.executable, "-m", __name__, str(directory), json.dumps(about)]


def guarded() -> set[str]:
    """The clusters that have such a process on this machine now."""
    found = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError, ValueError):  # it has just ended
            match file.read_bytes().decode(errors="replace").split("\0"):
                case [_, "-m", module, _, about, ""] if module == __name__:
                    found.add(str(json.loads(about)["name"]))
    return found


def main(directory: Path, about: Mapping[str, Any]) -> int:
    os.umask(0o077)
    os.environ["KIND_EXPERIMENTAL_PROVIDER"] = "docker"
    told, over = _redirect(directory / LOG), _Over()
    signal.signal(signal.SIGTERM, lambda *_: over.say())
    record = open(directory / RECORD, "w")  # noqa: SIM115 - its lock ends with this process
    fcntl.flock(record, fcntl.LOCK_EX)
    print(json.dumps(about), file=record, flush=True)
    (directory / CONFIG).write_text(json.dumps(about["config"]))  # kind reads YAML, which JSON is
    os.chdir(directory)
    creation = _Creation(directory, about)
    creation.start()
    giving_up = threading.Thread(target=creation.give_up, args=(over,), daemon=True)
    giving_up.start()
    threading.Thread(target=_abandoned, args=(directory, over), daemon=True).start()
    creation.join()
    with contextlib.suppress(OSError), told:  # the reader may be gone
        log = "" if creation.failure is None else (directory / LOG).read_text(errors="replace")[-LONGEST_LOG:]
        print(json.dumps({"failed": creation.failure, "log": log, "pid": os.getpid()}), file=told)
    if creation.failure is None:
        over.wait()
    over.say()
    giving_up.join()  # two deletions of one container at a time would fail
    _delete(about, directory / KUBECONFIG)
    shutil.rmtree(directory)
    return 0


class _Over:
    """Whether the cluster is no longer needed. A pipe, because a signal handler must not wait for one of Python's locks."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()

    def say(self) -> None:
        os.write(self._writer, b".")

    def wait(self) -> None:
        select.select([self._reader], [], [])  # the message stays readable, for everybody


class _Creation(threading.Thread):
    """Makes the cluster; `failure` is why there is none."""

    def __init__(self, directory: Path, about: Mapping[str, Any]) -> None:
        super().__init__(name="kind-create", daemon=True)
        self.failure: str | None = None
        self._directory, self._about = directory, about

    def run(self) -> None:
        try:
            _cluster(self._directory, self._about).create(self._directory / CONFIG)
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"

    def give_up(self, over: _Over) -> None:
        """When it is no longer needed, end it early: without its nodes it soon fails, and what it still makes is deleted too."""
        over.wait()
        while self.is_alive():
            with contextlib.suppress(OSError, subprocess.CalledProcessError):
                _delete(self._about, self._directory / KUBECONFIG)
            self.join(AGAIN_SECONDS)


def _abandoned(directory: Path, over: _Over) -> None:
    """A kept cluster stays until it is told to end (SIGTERM); until then others may join and leave it."""
    lock = owners.abandoned(directory)
    if owners.kept(directory):
        os.close(lock)
    else:
        over.say()


def _cluster(directory: Path, about: Mapping[str, Any]) -> Any:
    from pytest_kind.cluster import KindCluster

    class Offline(KindCluster):  # type: ignore[misc] # it is not typed
        def ensure_kind(self) -> None:
            """Nothing is downloaded."""

        def ensure_kubectl(self) -> None:
            """Nothing is downloaded."""

    kubectl = Path(shutil.which("kubectl") or os.devnull)  # nothing here calls it
    return Offline(about["name"], directory / KUBECONFIG, about["image"], kind_path=Path(about["kind"]), kubectl_path=kubectl)


def _delete(about: Mapping[str, Any], kubeconfig: Path) -> None:
    """Not by pytest-kind: its class makes a folder in the working directory, whatever that is, even to delete."""
    command = [about["kind"], "delete", "cluster", "--name", about["name"], "--kubeconfig", str(kubeconfig)]
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True)


def _redirect(log: Path) -> Any:
    """All output goes to the log from now on, kind's too. Returns the former standard output."""
    told = os.fdopen(os.dup(1), "w")  # (programs do not inherit it)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(descriptor)
    return told


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
