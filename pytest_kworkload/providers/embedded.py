"""The embedded cluster: a program of its own, which ends when nobody holds its owners' lock any more."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import IO

from ..errors import ClusterError
from ..settings import Settings
from .archives import load
from .base import Running, Wish

BINARY = "KWORKLOAD_EMBEDDED_BINARY"
STOP_SECONDS = 30.0


class Embedded:
    name = "embedded"

    def start(self, wish: Wish, settings: Settings) -> Running:
        binary = _binary()
        home = _home()
        directory = Path(tempfile.mkdtemp(prefix="cluster-", dir=home))
        # Held open by this process and by nobody else: whatever ends it, Ctrl-C and SIGKILL included, ends the cluster.
        owner = os.open(directory / "owners.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(owner, fcntl.LOCK_SH)
        command = [str(binary), "up", "--owned", "--nodes", str(wish.nodes), "--dir", str(directory)]
        for pattern, kind in settings.images:
            command += ["--image", f"{pattern}={kind}"]
        for archive in settings.image_archives:
            command += ["--image-archive", str(archive)]
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - read after the process has ended, closed by stop
        process: subprocess.Popen[bytes] | None = None
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                process.wait(STOP_SECONDS)
                raise ClusterError(
                    "the embedded cluster did not start", _told(errors), "see the text above; it names what the machine lacks"
                )
            ready = json.loads(line)
        except BaseException as error:
            _stop(owner, process, errors, directory)
            if isinstance(error, OSError):
                raise ClusterError(
                    f"{binary} cannot be run", error.strerror or str(error), "install the wheel for this machine's kind of processor"
                ) from error
            raise
        running = process

        def trouble() -> str | None:
            return None if running.poll() is None else _told(errors) or f"it ended with status {running.returncode}"

        return Running(
            self.name,
            Path(ready["kubeconfig"]),
            stop=lambda: _stop(owner, running, errors, directory),
            seconds=ready["milliseconds"] / 1000,
            timings=ready.get("timings") or {},
            images=ready.get("images") or {},
            trouble=trouble,
            loaded=ready.get("loaded") or (),
            load=lambda archive, name: load(binary, directory, archive, name),
        )


def _binary() -> Path:
    named = os.environ.get(BINARY)
    if named:
        path = Path(named)
        if not path.is_file():
            raise ClusterError(f"{BINARY}={named}", "there is no such file", "name the program kworkload-cluster, or unset the variable")
        return path
    try:
        import kworkload_embedded_cluster
    except ImportError:
        raise ClusterError(
            "the embedded cluster is not installed",
            "it is the default provider, and its wheel is an extra of its own (Linux only)",
            'pip install "pytest-kworkload[embedded]"; or name another provider: --kworkload-provider=existing --kworkload-context=NAME',
        ) from None
    return Path(kworkload_embedded_cluster.binary())


def _home() -> Path:
    """A directory of this user's, the same in every run, so that a start can sweep what a killed one left."""
    path = Path(tempfile.gettempdir()) / f"kworkload-{os.getuid()}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        status = path.lstat()
    except OSError as error:
        raise ClusterError(
            f"no directory for the cluster: {path}", error.strerror or str(error), "free some space, or set TMPDIR"
        ) from error
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise ClusterError(
            f"{path} is not only this user's", "a cluster's credentials would be in others' reach", "remove it, or set TMPDIR"
        )
    return path


def _stop(owner: int, process: subprocess.Popen[bytes] | None, errors: IO[bytes], directory: Path) -> None:
    """Let go of the lock and wait for the cluster's own end, which removes everything of it."""
    with contextlib.suppress(OSError):
        os.close(owner)
    if process is not None:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()  # its namespaces go with it; the directory is swept by the next start
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
    errors.close()
    with contextlib.suppress(OSError):  # what is there if it never started
        (directory / "owners.lock").unlink()
        directory.rmdir()


def _told(errors: IO[bytes]) -> str:
    errors.seek(0)
    text = errors.read().decode("utf-8", "replace").strip()
    return text.removeprefix("kworkload-cluster up: ")[-4000:]
