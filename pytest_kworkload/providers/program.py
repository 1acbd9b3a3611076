"""The program of one cluster, as one of its owners sees it: the process that started it, or one that joined it later."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

from ..cluster.owners import OWNERS, Owner, join, kept, no_room, own, owned

STOP_SECONDS = 30.0
LONGEST_TEXT = 4000  # bytes of what the program says about its own end


class Program:
    """The program, its directory, and our share in the lock that keeps it running.

    `patience` is how long its end may take. After that it is killed, unless it is `tenacious`: then it is left to end by itself.
    """

    patience = STOP_SECONDS
    tenacious = False

    def __init__(
        self, directory: Path, owner: Owner, errors: IO[bytes], process: int, child: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.directory = directory
        self._owner: Owner | None = owner
        self._errors, self._process, self._child = errors, process, child

    @classmethod
    def start(cls, command: Sequence[str], directory: Path) -> Self:
        """Start it in a new directory, which the command names. Raises ClusterError and OSError, and then nothing is left."""
        try:
            # Whatever ends this process, SIGKILL included, releases the lock and so ends the cluster.
            owner = own(directory)
        except OSError as error:
            directory.rmdir()
            raise no_room(directory, error) from error
        # In memory: a full disk must not swallow the program's message about it.
        errors = open(os.memfd_create("kworkload-cluster"), "rb")  # noqa: SIM115 - closed by stop
        try:
            # In a session of its own, so that Ctrl-C reaches pytest only.
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        except BaseException:
            owner.let_go()
            errors.close()
            _remove(directory)
            raise
        return cls(directory, owner, errors, os.pidfd_open(child.pid), child)

    @classmethod
    def join(cls, directory: Path, pid: int) -> Self | None:
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
        except OSError:  # it runs, and the process that started it reads what it says about its end
            errors = open(os.devnull, "rb")  # noqa: SIM115 - closed by stop
        return cls(directory, owner, errors, process)

    @classmethod
    def end(cls, directory: Path, pid: int) -> bool:
        """End one that was kept, and wait for its end; whether it has ended."""
        process = running(directory, pid)
        if process is None:
            return True
        try:
            signal.pidfd_send_signal(process, signal.SIGTERM)
            if not _ended(process, cls.patience) and not cls.tenacious:
                signal.pidfd_send_signal(process, signal.SIGKILL)
                _ended(process, cls.patience)
            return _ended(process, 0)
        finally:
            os.close(process)

    def first_line(self) -> bytes:
        """What it prints when the cluster is usable; empty if it has ended without that."""
        assert self._child is not None
        assert self._child.stdout is not None
        return self._child.stdout.readline()

    def trouble(self) -> str | None:
        """Why it no longer runs; None while it does."""
        return self.told() if _ended(self._process, 0) else None

    def stop(self) -> None:
        """Release the lock. If nobody else holds it, wait until the cluster has ended and removed everything that belongs to it."""
        self.let_go()
        self._errors.close()

    def let_go(self) -> None:
        """The same, and afterwards `told` can still be asked."""
        if self._owner is None:
            return
        owner, self._owner = self._owner, None
        mine = owner.let_go() and not kept(self.directory)
        if mine and not _ended(self._process, self.patience) and not owned(self.directory) and not self.tenacious:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)  # what is left of it is found by its directory
            _ended(self._process, self.patience)
        ended = _ended(self._process, 0)
        if self._child is not None:
            if self._child.stdout is not None:
                self._child.stdout.close()
            if ended:
                self._child.wait()
            else:
                self._child.returncode = 0  # others use it: subprocess must not complain that nobody waited for its end
        os.close(self._process)
        if mine and ended:
            _remove(self.directory)  # what is there if it never started

    def told(self) -> str:
        """What the program said about its own end."""
        size = os.fstat(self._errors.fileno()).st_size
        # By position: the program writes at the shared offset.
        content = os.pread(self._errors.fileno(), LONGEST_TEXT, max(0, size - LONGEST_TEXT))
        status = f" with status {self._child.wait()} and" if self._child is not None else ""
        return content.decode("utf-8", "replace").strip() or f"its program ended{status} without a message"


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
    os.close(process)  # the number belongs to another process by now
    return None


def runs(directory: Path, pid: int) -> bool:
    process = running(directory, pid)
    if process is None:
        return False
    os.close(process)
    return True


def _ended(process: int, seconds: float) -> bool:
    """Whether it ends in this time."""
    end = select.poll()
    end.register(process, select.POLLIN)
    return bool(end.poll(seconds * 1000))


def _remove(directory: Path) -> None:
    """A directory in which nothing was started."""
    with contextlib.suppress(OSError):
        (directory / OWNERS).unlink(missing_ok=True)
        directory.rmdir()
