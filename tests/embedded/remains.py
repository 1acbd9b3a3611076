"""What a cluster may leave on this machine, looked for from outside: processes, mounts, links and directories."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from .driver import SECONDS, Cluster, await_end, family

KINDS = ("user", "pid", "mnt", "net", "ipc", "uts")
PARENT = 0xB702  # NS_GET_PARENT, ioctl_ns(2)


def _mounts() -> list[str]:
    """Without their numbers."""
    return sorted(line.split(" ", 2)[2] for line in Path("/proc/self/mountinfo").read_text("utf-8").splitlines())


@dataclass
class Machine:
    """What of this machine a cluster could leave behind."""

    mounts: list[str] = field(default_factory=_mounts)
    links: list[str] = field(default_factory=lambda: sorted(os.listdir("/sys/class/net")))


class Held:
    """The namespaces that a process and its descendants have and this one has not.

    Their files are held open: as long as they are, the kernel gives their numbers to no other namespace, so a process that
    is found in one of them is the cluster's.
    """

    def __init__(self, pid: int) -> None:
        self.numbers: set[int] = set()
        self._files: list[int] = []
        own = {os.stat(f"/proc/self/ns/{kind}").st_ino for kind in KINDS}
        for one in family(pid):
            for kind in KINDS:
                with contextlib.suppress(OSError):  # it has just ended
                    descriptor = os.open(f"/proc/{one}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
                    number = os.fstat(descriptor).st_ino
                    if number in own or number in self.numbers:
                        os.close(descriptor)
                    else:
                        self._files.append(descriptor)
                        self.numbers.add(number)

    def close(self) -> None:
        for descriptor in self._files:
            os.close(descriptor)
        self._files.clear()

    def processes(self) -> dict[int, str]:
        """Those in one of these namespaces, or in a PID namespace below one. What has ended counts no more, reaped or not."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if path.joinpath("stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] == "Z":
                    continue
                numbers = {os.stat(path / "ns" / kind).st_ino for kind in KINDS} | _above(path / "ns/pid")
                if numbers & self.numbers:
                    found[int(path.name)] = path.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        return found


def _above(path: Path) -> set[int]:
    """The PID namespaces that one is in."""
    numbers = set()
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while True:
            parent = fcntl.ioctl(descriptor, PARENT)
            os.close(descriptor)
            descriptor = parent
            numbers.add(os.fstat(descriptor).st_ino)
    except OSError:  # the outermost that we may see
        return numbers
    finally:
        os.close(descriptor)


def about(directory: Path) -> dict[int, str]:
    """The processes that were told of this directory: a cluster's outermost ones, whatever namespaces they have."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if str(directory) in command and "kworkload-" in command:
                found[int(path.parent.name)] = command
    return found


class Remains:
    """Taken before a kill; afterwards it says whether anything is left."""

    def __init__(self, machine: Machine, pid: int, home: Path) -> None:
        """`home`: the directory that the cluster's is in."""
        self.machine, self.home, self.held = machine, home, Held(pid)

    def await_nothing(self, seconds: float = SECONDS) -> None:
        """The kernel ends what was orphaned, and the cluster what is left of itself. That takes a moment, and no more."""
        deadline = time.monotonic() + seconds
        try:
            while left := self.held.processes() | about(self.home):
                assert time.monotonic() < deadline, f"still there {seconds:.0f} s after the kill: {left}"
                await_end(next(iter(left)), max(0.0, deadline - time.monotonic()))
        finally:
            self.held.close()
        assert Machine() == self.machine, "a mount or a link is left"


def sweep(home: Path) -> list[str]:
    """What is in this directory after another cluster was started there, and ended."""
    long_ago = time.time() - 60  # an owners' file that was made just now may be about to be locked
    for lock in home.glob("*/owners.lock"):
        os.utime(lock, (long_ago, long_ago))
    with Cluster(home, "--only-api-server"):
        pass
    return sorted(os.listdir(home))
