"""The program that is one embedded cluster, as one of its owners sees it: who started it, or who joined it later."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ..errors import ClusterError
from .owners import OWNERS, Owner, join, kept, no_room, own, owned

BINARY = "KWORKLOAD_EMBEDDED_BINARY"
STOP_SECONDS = 30.0
LONGEST_TEXT = 4000  # bytes of what the program says about its own end


class Program:
    """The program, its directory, and our share in the lock that keeps it running."""

    def __init__(
        self, directory: Path, owner: Owner, errors: IO[bytes], process: int, child: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.directory = directory
        self._owner: Owner | None = owner
        self._errors, self._process, self._child = errors, process, child

    @classmethod
    def start(cls, command: Sequence[str], directory: Path) -> Program:
        """Start it in a new directory. Raises ClusterError, and then nothing is left."""
        try:
            # Whatever ends this process, SIGKILL included, lets go of the lock and so ends the cluster.
            owner = own(directory)
        except OSError as error:
            directory.rmdir()
            raise no_room(directory, error) from error
        # In memory: a full disk must not swallow what the program says about it.
        errors = open(os.memfd_create("kworkload-cluster"), "rb")  # noqa: SIM115 - closed by stop
        try:
            # In a session of its own, so that Ctrl-C reaches pytest only.
            child = subprocess.Popen(
                [*command, "--dir", str(directory)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        except BaseException as error:
            owner.let_go()
            errors.close()
            _remove(directory)
            if isinstance(error, OSError):
                raise _not_executable(command[0], error) from error
            raise
        return cls(directory, owner, errors, os.pidfd_open(child.pid), child)

    @classmethod
    def join(cls, directory: Path, pid: int) -> Program | None:
        """Become one more owner of a program that somebody started; None if it has ended or is about to."""
        owner = join(directory)
        if owner is None:
            return None
        process = running(directory, pid)
        if process is None:
            owner.let_go()
            return None
        try:
            errors = open(f"/proc/{pid}/fd/2", "rb")  # noqa: SIM115 - closed by stop
        except OSError:  # it runs, and what it says of its end is for somebody else to know
            errors = open(os.devnull, "rb")  # noqa: SIM115 - closed by stop
        return cls(directory, owner, errors, process)

    def ready(self) -> Any:
        """The line that it prints when the cluster is usable. Raises ClusterError if it ends without one."""
        assert self._child is not None
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            self._let_go()
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
        """Why it no longer runs; None while it does."""
        return self._told() if _ended(self._process, 0) else None

    def stop(self) -> None:
        """Let go of the lock. If nobody else holds it, wait for the cluster's own end, which removes everything of it."""
        self._let_go()
        self._errors.close()

    def _let_go(self) -> None:
        if self._owner is None:
            return
        owner, self._owner = self._owner, None
        mine = owner.let_go() and not kept(self.directory)
        if mine and not _ended(self._process, STOP_SECONDS) and not owned(self.directory):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)  # its namespaces go with it; the next start sweeps the directory
            _ended(self._process, STOP_SECONDS)
        if self._child is not None:
            if self._child.stdout is not None:
                self._child.stdout.close()
            if _ended(self._process, 0):
                self._child.wait()
            else:
                self._child.returncode = 0  # others use it: subprocess must not complain that nobody waited for its end
        os.close(self._process)
        if mine:
            _remove(self.directory)  # what is there if it never started

    def _told(self) -> str:
        """What the program said about its own end."""
        size = os.fstat(self._errors.fileno()).st_size
        # By position: the program writes where the shared offset stands.
        content = os.pread(self._errors.fileno(), LONGEST_TEXT, max(0, size - LONGEST_TEXT))
        text = content.decode("utf-8", "replace").strip().removeprefix("kworkload-cluster up: ").removeprefix("kworkload-cluster: ")
        status = f" with status {self._child.wait()} and" if self._child is not None else ""
        return text or f"its program ended{status} without a word"


def running(directory: Path, pid: int) -> int | None:
    """A descriptor of the program whose cluster is in this directory; None if it does not run any more."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        if os.fsencode(directory) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            return process
    except OSError:
        pass
    os.close(process)  # the number is another one's by now
    return None


def end(directory: Path, pid: int) -> None:
    """End a cluster that was kept, and wait for that."""
    process = running(directory, pid)
    if process is not None:
        try:
            signal.pidfd_send_signal(process, signal.SIGTERM)
            if not _ended(process, STOP_SECONDS):
                signal.pidfd_send_signal(process, signal.SIGKILL)
                _ended(process, STOP_SECONDS)
        finally:
            os.close(process)


def _ended(process: int, seconds: float) -> bool:
    """Whether it ends within this time."""
    end = select.poll()
    end.register(process, select.POLLIN)
    return bool(end.poll(seconds * 1000))


def _remove(directory: Path) -> None:
    """A directory in which nothing was started."""
    with contextlib.suppress(OSError):
        (directory / OWNERS).unlink(missing_ok=True)
        directory.rmdir()


def _not_executable(program: str, error: OSError) -> ClusterError:
    saw = f"{program} cannot be run: {error.strerror or error}"
    if error.errno == errno.ENOEXEC:
        return ClusterError(saw, "it is no program for this machine's kind of processor", "install the wheel for this machine")
    return ClusterError(saw, "the system refuses to execute it", "make the file executable, and see that no mount option forbids it")
