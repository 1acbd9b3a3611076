"""SIGKILL leaves nobody to clean up. Whatever is killed, and whenever: processes, mounts and links end by themselves, and the
directory with the next start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .driver import START_SECONDS, Cluster, Namespace, await_end, await_file, kill, program
from .remains import Machine, Remains, sweep


def await_path(path: Path) -> None:
    """Returns when it is there, and what is above it."""
    if not path.parent.exists():
        await_path(path.parent)
    await_file(path)


@contextmanager
def starting(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [program(), "up", "--nodes", "2", "--dir", str(directory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    "sign",
    ["owners.lock", "logs/kube-apiserver.log", "logs/kubelet-node-1.log"],
    ids=["claims its directory", "starts the API server", "starts nodes"],
)
def test_the_program_while_it(tmp_path: Path, sign: str) -> None:
    machine, directory = Machine(), tmp_path / "killed"
    with starting(directory) as process:
        await_path(directory / sign)
        remains = Remains(machine, process.pid, tmp_path)
        kill(process.pid)
        process.wait()
        remains.await_nothing()
    assert sweep(tmp_path) == []


def test_the_program_of_a_usable_cluster(tmp_path: Path) -> None:
    machine = Machine()
    (tmp_path / "home").mkdir()
    with Cluster(tmp_path / "home") as cluster:
        remains = Remains(machine, cluster.process.pid, tmp_path)
        assert any("kubelet" in command for command in remains.held.processes().values()), "its processes are not among what is watched"
        kill(cluster.process.pid)
        cluster.await_end()
        remains.await_nothing()
        cluster.directory.rename(tmp_path / "killed")
    assert sweep(tmp_path) == ["home"]


@pytest.mark.parametrize("victim", ["kworkload-supervisor supervise", "kworkload-supervisor node"], ids=["the supervisor", "a node"])
def test_a_part_of_it(tmp_path: Path, victim: str) -> None:
    """The program lives on for long enough to remove everything itself."""
    machine = Machine()
    with Cluster(tmp_path) as cluster:
        namespace = Namespace(cluster, "work")
        namespace.start("p", "trap '' TERM; while :; do sleep 3600; done")
        namespace.running("p")
        remains = Remains(machine, cluster.process.pid, tmp_path)
        kill(cluster.pid_of(f"^{victim}"))
        assert cluster.await_end() == 1
        remains.await_nothing()
    assert not cluster.directory.exists()


# A pytest that uses a cluster: in the first test it stays in the middle of it, in the second its pods are just being made.
SUITE = """
import sys

PODS = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "pods"},
    "spec": {"replicas": 20, "selector": {"matchLabels": {"app": "pods"}}, "template": {
        "metadata": {"labels": {"app": "pods"}},
        "spec": {"containers": [{"name": "main", "image": "busybox", "command": ["sleep", "3600"]}]},
    }},
}

def test_stays(kworkload):
    kworkload.apply(PODS).wait_ready()
    print("here", file=sys.__stderr__, flush=True)
    sys.__stdin__.read()

def test_creates(kworkload):
    print("here", file=sys.__stderr__, flush=True)
    kworkload.apply(PODS)
    sys.__stdin__.read()
"""


@contextmanager
def running_pytest(home: Path, test: str) -> Iterator[subprocess.Popen[str]]:
    """A pytest that has said that it is here. Its clusters are in `clusters(home)`."""
    suite = home / "test_suite.py"
    suite.write_text(SUITE, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        f"{suite}::{test}",
        "--rootdir",
        str(home),
    ]
    environment = {**os.environ, "TMPDIR": str(home), "KWORKLOAD_EMBEDDED_BINARY": program()}
    with subprocess.Popen(
        command, cwd=home, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert any(line == "here\n" for line in process.stderr), "pytest has ended before the test began"
            yield process
        finally:
            process.kill()


def clusters(home: Path) -> Path:
    return home / f"kworkload-{os.getuid()}"


@pytest.mark.parametrize("test", ["test_stays", "test_creates"], ids=["is in a test", "has containers created"])
def test_the_pytest_that(tmp_path: Path, test: str) -> None:
    """The cluster has no owner then, and ends as at the end of a session."""
    machine = Machine()
    with running_pytest(tmp_path, test) as process:
        (directory,) = clusters(tmp_path).iterdir()
        if test == "test_creates":
            await_path(directory / "nodes/node-0/var/lib/kworkload/runtime/containers")
        remains = Remains(machine, process.pid, tmp_path)
        kill(process.pid)
        await_end(process.pid, START_SECONDS)
        remains.await_nothing()
    assert not directory.exists()
    assert sweep(clusters(tmp_path)) == []
