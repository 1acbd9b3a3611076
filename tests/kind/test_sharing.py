"""Workers share a cluster, further runs reuse one, and what a killed guardian has left is found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_kworkload.providers import sharing
from pytest_kworkload.providers.kind.names import cluster_name, containers

from .conftest import docker

TESTS = """
    import pytest

    @pytest.mark.parametrize("n", range(4))
    def test_it(kworkload_cluster, worker_id, n):
        assert len(kworkload_cluster.nodes) == 1
        with open("seen", "a") as file:
            print(worker_id, kworkload_cluster.kubeconfig.parent.name, file=file)
"""
FAILING = """
    def test_it(kworkload):
        assert not kworkload.name
"""


class Place:
    """Where runs have their clusters."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self._path = pytester.path
        monkeypatch.setenv("TMPDIR", str(self._path))
        monkeypatch.setattr("tempfile.tempdir", str(self._path))
        pytester.makepyfile(TESTS)

    def pytest(self, *arguments: str, status: int = 0) -> str:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--kworkload-provider=kind", "--kworkload-nodes=1", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def kworkload(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "pytest_kworkload.cli", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout

    @property
    def seen(self) -> list[tuple[str, str]]:
        """For each test its worker, and its cluster's directory."""
        return [(worker, directory) for worker, directory in map(str.split, (self._path / "seen").read_text().splitlines())]

    @property
    def left(self) -> list[Path]:
        return list((self._path / f"kworkload-{os.getuid()}").iterdir())


def clusters() -> list[str]:
    return docker("ps", "-a", "--format", "{{.Names}}").split()


@pytest.fixture
def place(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(pytester, monkeypatch)


def test_two_workers_share_one(place: Place) -> None:
    place.pytest("-n", "2", "--dist=each")
    workers, directories = zip(*place.seen, strict=True)
    assert sorted(workers) == ["gw0"] * 4 + ["gw1"] * 4
    assert len(set(directories)) == 1
    assert place.left == []


def test_one_that_is_reused_until_it_is_ended(place: Place) -> None:
    place.pytest("--kworkload-reuse=mine")
    place.pytest("--kworkload-reuse=mine")
    assert len({directory for _, directory in place.seen}) == 1
    _, row = place.kworkload("status").splitlines()
    assert row.split()[:3] == ["mine", "kind", "1"]
    (node,) = [name for name in clusters() if "-mine-" in name]
    assert place.kworkload("down", "mine") == "ended: mine\n"
    assert node not in clusters()
    assert place.left == []


def test_what_a_killed_guardian_leaves_is_swept(place: Place) -> None:
    place.pytest("--kworkload-keep=all")
    (entry,) = sharing.entries()
    name = entry.record["name"]
    process = os.pidfd_open(entry.record["pid"])
    signal.pidfd_send_signal(process, signal.SIGKILL)
    os.close(process)
    os.utime(entry.directory, (1, 1))
    said = place.kworkload("sweep", "--yes")
    assert f"deleted: kind cluster {name} of {entry.directory}\n" in said
    assert f"{name}-control-plane" not in clusters()
    assert place.left == []


def test_the_logs_of_one_in_which_a_test_failed(place: Place, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    said = place.pytest("--kworkload-logs=logs", status=1)
    (directory,) = (pytester.path / "logs").iterdir()
    assert f"kworkload: logs of the cluster: {directory}\n" in said
    (node,) = containers(cluster_name(directory.name), 1)
    assert (directory / node / "kubelet.log").read_text()
    assert place.left == []
