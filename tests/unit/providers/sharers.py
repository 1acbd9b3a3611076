"""Processes that share clusters, and a program that is as good as a cluster for that: it has the locks, and its own end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

# Of the arguments only the last one counts: the directory. It hangs in its start for as long as `hang` in its own directory
# is a FIFO that nobody writes to.
PROGRAM = """#!/bin/sh
for directory; do :; done
here=$(dirname "$0")
echo started >>"$here/log"
exec 9>"$directory/alive.lock"
flock -n 9
echo begins >"$here/begins"
read line <"$here/hang"
printf '{"kubeconfig": "%s/kubeconfig", "milliseconds": 1, "pid": %d, "dir": "%s"}\\n' "$directory" $$ "$directory"
exec >&-
exec 8<"$directory/owners.lock" # by descriptor: flock with a file's name may make the file anew while the directory is being removed
flock 8 9>&-
exec 8<&-
if [ -e "$directory/kept" ]; then
    sleep 60 9>&- &
    trap 'kill $!; rm -r "$directory"; exit' TERM
    wait
fi
rm -r "$directory"
"""

SHARER = """
import sys
from pytest_kworkload.cluster.running import Wish
from pytest_kworkload.providers.embedded.provider import Embedded
from pytest_kworkload.providers.sharing import obtain
from pytest_kworkload.settings import Settings

run, nodes, how, name = sys.argv[1:]
settings = Settings(cluster_per=how, reuse=name or None)
running = obtain(Embedded(), Wish(int(nodes)), settings, run=run, workers=True)
print(running.directory, flush=True)
for line in sys.stdin:
    running.stop()
    print("left", flush=True)
"""


class Sharer:
    """A process that has a cluster, or waits for one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    @property
    def directory(self) -> Path:
        """Of its cluster, as soon as it has one."""
        return Path(self._line())

    def leave(self) -> None:
        """Returns when it has done what there is to do."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self._line() == "left"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


class Place:
    """Where clusters are started."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path, self._stack = path, stack
        program = path / "kworkload-cluster"
        program.write_text(PROGRAM)
        program.chmod(0o700)
        self.begins, self._hang = (self._fifo(name) for name in ("begins", "hang"))
        self.go_on()
        self.environment = {**os.environ, "TMPDIR": str(path), "KWORKLOAD_EMBEDDED_BINARY": str(program)}

    def _fifo(self, name: str) -> int:
        os.mkfifo(self.path / name)
        descriptor = os.open(self.path / name, os.O_RDWR)
        self._stack.callback(os.close, descriptor)
        return descriptor

    def sharer(self, run: str = "ab12", nodes: int = 1, how: str = "run", name: str = "") -> Sharer:
        process = subprocess.Popen(
            [sys.executable, "-c", SHARER, run, str(nodes), how, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        return Sharer(process)

    def hang(self) -> None:
        """The next starts do not come to an end."""
        os.read(self._hang, 1 << 16)

    def go_on(self, starts: int = 20) -> None:
        os.write(self._hang, b"\n" * starts)

    def await_begin(self) -> None:
        """Wait for a start that hangs."""
        os.read(self.begins, 1 << 16)

    @property
    def home(self) -> Path:
        return self.path / f"kworkload-{os.getuid()}"

    @property
    def starts(self) -> int:
        return len((self.path / "log").read_text().splitlines())

    @property
    def left(self) -> list[str]:
        return sorted(one.name for one in self.home.iterdir())


@contextmanager
def place(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with ExitStack() as stack:
        there = Place(path, stack)
        monkeypatch.setenv("KWORKLOAD_EMBEDDED_BINARY", there.environment["KWORKLOAD_EMBEDDED_BINARY"])
        monkeypatch.setattr("tempfile.tempdir", str(path))
        yield there
