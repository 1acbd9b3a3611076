"""The lock that says who needs a cluster, with real locks and real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_kworkload.cluster import owners
from pytest_kworkload.errors import ClusterError

ANOTHER = """
import sys
from pathlib import Path
from pytest_kworkload.cluster import owners

owner = owners.join(Path(sys.argv[1]))
print(owner is not None, flush=True)
for line in sys.stdin:
    print(owner.let_go(), flush=True)
"""


class Another:
    """A process that joins, and lets go when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.joined = self._line()

    def let_go(self) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._line()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def another(directory: Path) -> Iterator[Another]:
    command = [sys.executable, "-c", ANOTHER, str(directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Another(process)
        finally:
            process.kill()


def test_the_last_one_is_told_so(tmp_path: Path) -> None:
    owner = owners.own(tmp_path)
    with another(tmp_path) as other:
        assert other.joined == "True"
        assert owner.let_go() is False
        assert owners.owned(tmp_path)
        assert other.let_go() == "True"
    assert not owners.owned(tmp_path)


def test_the_first_one_may_be_the_last(tmp_path: Path) -> None:
    owner = owners.own(tmp_path)
    with another(tmp_path) as other:
        assert other.let_go() == "False"
        assert owner.let_go() is True


def test_who_is_killed_lets_go(tmp_path: Path) -> None:
    owner = owners.own(tmp_path)
    with another(tmp_path) as other:
        other.kill()
        assert owner.let_go() is True


def test_whoever_waits_for_the_end_has_it_when_the_last_one_lets_go(tmp_path: Path) -> None:
    owner = owners.own(tmp_path)
    locks: list[int] = []
    waiting = threading.Thread(target=lambda: locks.append(owners.abandoned(tmp_path)))
    with another(tmp_path) as other:
        waiting.start()
        assert owner.let_go() is False
        assert locks == []
        assert other.let_go() == "True"
        waiting.join()
    with ThreadPoolExecutor() as late:
        joined = late.submit(owners.join, tmp_path)
        (tmp_path / owners.OWNERS).unlink()  # as the cluster's own end does, with all of the directory
        os.close(locks[0])
        assert joined.result() is None


def test_a_cluster_that_nobody_owns_can_be_seized(tmp_path: Path) -> None:
    owner = owners.own(tmp_path)
    assert owners.seize(tmp_path) is None
    assert owner.let_go() is True
    lock = owners.seize(tmp_path)
    assert lock is not None
    assert not owners.owned(tmp_path)
    os.close(lock)


def test_a_directory_that_is_gone(tmp_path: Path) -> None:
    directory = tmp_path / "cluster"
    assert owners.join(directory) is None
    assert not owners.owned(directory)
    directory.mkdir()
    assert owners.join(directory) is None
    owner = owners.own(directory)
    (directory / owners.OWNERS).unlink()
    directory.rmdir()
    assert owner.let_go() is True, "it ended before we did"


def test_nobody_else_may_read_the_lock_and_no_program_inherits_it(tmp_path: Path) -> None:
    owner = owners.own(tmp_path)
    assert (tmp_path / owners.OWNERS).stat().st_mode & 0o777 == 0o600
    with subprocess.Popen(["sleep", "600"], close_fds=False) as process:
        try:
            assert owner.let_go() is True
        finally:
            process.kill()


def test_keeping_is_a_mark(tmp_path: Path) -> None:
    assert not owners.kept(tmp_path)
    owners.keep(tmp_path)
    owners.keep(tmp_path)
    assert owners.kept(tmp_path)


def test_the_directories_of_clusters_are_this_users_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    one, two = owners.directory("cluster-"), owners.directory("cluster-")
    assert one != two
    assert one.parent == two.parent == owners.home() == tmp_path / f"kworkload-{os.getuid()}"
    assert [path.stat().st_mode & 0o777 for path in (one, owners.home())] == [0o700, 0o700]
    owners.home().chmod(0o750)
    with pytest.raises(ClusterError, match="is not this user's alone"):
        owners.home()
