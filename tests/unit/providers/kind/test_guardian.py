"""A cluster of kind's ends when nobody owns it, whatever ended the owners. `kind` is a script here, which notes how it is called."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_kworkload.cluster import owners
from pytest_kworkload.providers.kind import guardian

KIND = """#!/bin/sh
echo "$1 $2" >> {calls}
[ "$1" != create ] || cat > {directory}/kubeconfig <<X
clusters: [{{name: a, cluster: {{server: "http://127.0.0.1:1"}}}}]
contexts: [{{name: a, context: {{cluster: a, user: a}}}}]
users: [{{name: a, user: {{}}}}]
current-context: a
X
"""
OWNER = """
import sys
from pathlib import Path
from pytest_kworkload.cluster import owners
owner = owners.own(Path(sys.argv[1]))
print(flush=True)
sys.stdin.read()
"""
SECONDS = 20


class Guarded:
    """A cluster's directory, a process that owns it, and the guardian."""

    def __init__(self, root: Path) -> None:
        self.directory, self._calls = root / "kind-1", root / "calls"
        self.directory.mkdir()
        kind = root / "kind"
        kind.write_text(KIND.format(calls=self._calls, directory=self.directory))
        kind.chmod(0o755)
        self.owner = self._start([sys.executable, "-c", OWNER, str(self.directory)])
        assert self._says(self.owner) == "\n"
        self.guardian = self._start(guardian.command(self.directory, "kw-1", "node:1", kind, {"nodes": []}))
        self.said = self._says(self.guardian)

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines()

    def end(self) -> None:
        for process in (self.owner, self.guardian):
            with process:
                process.terminate()

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _says(self, process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    guarded = Guarded(tmp_path)
    yield guarded
    guarded.end()


def test_an_owner_that_is_killed(guarded: Guarded) -> None:
    assert json.loads(guarded.said) == {"failed": None, "log": "", "pid": guarded.guardian.pid}
    assert guarded.calls == ["get clusters", "create cluster"]
    guarded.owner.send_signal(signal.SIGKILL)
    assert guarded.guardian.wait(SECONDS) == 0
    assert guarded.calls == ["get clusters", "create cluster", "delete cluster"]
    assert not guarded.directory.exists()


def test_one_that_is_kept_ends_when_it_is_told_to(guarded: Guarded) -> None:
    owners.keep(guarded.directory)
    guarded.owner.kill()
    guarded.owner.wait(SECONDS)
    guarded.guardian.send_signal(signal.SIGTERM)
    assert guarded.guardian.wait(SECONDS) == 0
    assert guarded.calls[-1] == "delete cluster"
    assert not guarded.directory.exists()


def test_what_it_writes_is_this_users_only(guarded: Guarded) -> None:
    assert {path.name for path in guarded.directory.iterdir()} >= {"kind.json", "kind.yaml", "kind.log", "kubeconfig", "owners.lock"}
    assert [path for path in guarded.directory.iterdir() if path.stat().st_mode & 0o077] == []
