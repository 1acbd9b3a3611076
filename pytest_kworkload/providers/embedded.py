"""The embedded cluster: a program of its own, which ends when nobody holds its owners' lock any more."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import ClusterError
from ..settings import Settings
from .archives import load
from .base import Running, Wish
from .capabilities import NEEDS
from .control import Control
from .owners import OWNERS, Owner, directory, no_room, own

BINARY = "KWORKLOAD_EMBEDDED_BINARY"
LACKS = frozenset({"storage:rwo-attach", "images:real", "resources:limits", "metrics"})
# A server that was stopped has lost what it kept of the past beside its storage. Without that it answers a watch out of the
# storage, which has not stopped, so that a recording goes on where it was.
WITHOUT_CACHE = "--kube-apiserver-arg=--watch-cache=false"
STOP_SECONDS = 30.0
LONGEST_TEXT = 4000  # bytes of what the program says about its own end


class Embedded:
    name = "embedded"
    capabilities = frozenset(NEEDS) - LACKS

    def start(self, wish: Wish, settings: Settings) -> Running:
        cluster = str(binary())
        images = [part for pattern, kind in settings.images for part in ("--image", f"{pattern}={kind}")]
        archives = [part for archive in settings.image_archives for part in ("--image-archive", str(archive))]
        command = [cluster, "up", "--owned", "--nodes", str(wish.nodes), *images, *archives, *wish.arguments]
        if "control-plane:stop" in wish.needs:
            command.append(WITHOUT_CACHE)
        program = _Program(directory("cluster-"))
        try:
            program.run(command)
            ready = program.ready()
        except BaseException:  # Ctrl-C too
            program.stop()
            raise
        return Running(
            self.name,
            Path(ready["kubeconfig"]),
            stop=program.stop,
            seconds=ready["milliseconds"] / 1000,
            timings=ready.get("timings") or {},
            images=ready.get("images") or {},
            trouble=program.trouble,
            loaded=ready.get("loaded") or (),
            load=lambda archive, name: load(Path(cluster), program.directory, archive, name),
            faults=Control(program.directory),
        )


class _Program:
    """The program that is one cluster, its directory, and the lock that keeps it running."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        # In memory: a full disk must not swallow what the program says about it.
        self._errors = open(os.memfd_create("kworkload-cluster"), "rb")  # noqa: SIM115 - closed by stop
        self._owner: Owner | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, command: Sequence[str]) -> None:
        try:
            # Whatever ends this process, SIGKILL included, lets go of the lock and so ends the cluster.
            self._owner = own(self.directory)
        except OSError as error:
            raise no_room(self.directory, error) from error
        try:
            # In a session of its own, so that Ctrl-C reaches pytest only.
            self._process = subprocess.Popen(
                [*command, "--dir", str(self.directory)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                start_new_session=True,
            )
        except OSError as error:
            raise _not_executable(command[0], error) from error

    def ready(self) -> Any:
        """The line that the program prints when the cluster is usable. Raises ClusterError if it ends without one."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._end()
            text = self._told()
            raise ClusterError(
                f"the embedded cluster did not start: {text}", do="" if "\n  do:" in text else f"see whether {BINARY} is right"
            )
        try:
            return json.loads(line)
        except ValueError:
            raise ClusterError(
                f"the embedded cluster's program said {line.decode('utf-8', 'replace').strip()[:80]!r}",
                "that is not what kworkload-cluster says when a cluster is usable",
                f"name that program: {BINARY}=PATH/kworkload-cluster, or unset the variable",
            ) from None

    def trouble(self) -> str | None:
        """Why the program no longer runs; None while it does."""
        return None if self._process is None or self._process.poll() is None else self._told()

    def stop(self) -> None:
        """Let go of the lock and wait for the cluster's own end, which removes everything of it."""
        self._end()
        self._errors.close()
        with contextlib.suppress(OSError):  # what is there if it never started
            (self.directory / OWNERS).unlink()
            self.directory.rmdir()

    def _end(self) -> None:
        if self._owner is not None:
            owner, self._owner = self._owner, None
            owner.let_go()
        if self._process is not None:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()  # its namespaces go with it; the directory is swept by the next start
                self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()

    def _told(self) -> str:
        """What the program said about its own end."""
        size = os.fstat(self._errors.fileno()).st_size
        # By position: the program writes where the shared offset stands.
        content = os.pread(self._errors.fileno(), LONGEST_TEXT, max(0, size - LONGEST_TEXT))
        text = content.decode("utf-8", "replace").strip().removeprefix("kworkload-cluster up: ").removeprefix("kworkload-cluster: ")
        return text or f"its program ended with status {self._process and self._process.returncode} and without a word"


def binary() -> Path:
    """The program kworkload-cluster: the one that the environment names, or else the wheel's. Raises ClusterError."""
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


def _not_executable(program: str, error: OSError) -> ClusterError:
    saw = f"{program} cannot be run: {error.strerror or error}"
    if error.errno == errno.ENOEXEC:
        return ClusterError(saw, "it is no program for this machine's kind of processor", "install the wheel for this machine")
    return ClusterError(saw, "the system refuses to execute it", "make the file executable, and see that no mount option forbids it")
