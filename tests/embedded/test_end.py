"""However a cluster ends, nothing of it stays."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from .driver import Cluster, Fault, Namespace, await_end, await_file, kill, program
from .remains import Held, Machine


class Watched:
    """A cluster with a pod in it that does not want to end, and what is to be gone afterwards."""

    def __init__(self, home: Path, *, owned: bool = False, nodes: int = 1) -> None:
        self.before = Machine()
        self.cluster = Cluster(home, owned=owned, nodes=nodes)
        namespace = Namespace(self.cluster, "work")
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
        namespace.create("persistentvolumeclaims", {"metadata": {"name": "v"}, "spec": claim})
        namespace.start(
            "p",
            "mkdir -m 0 /v/closed; trap '' TERM; while :; do sleep 3600; done",
            volumeMounts=[{"name": "v", "mountPath": "/v"}],
            pod={"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "v"}}]},
        )
        namespace.running("p")
        namespace.sh("p", "test -d /v/closed || exit 1")
        self.held = Held(self.cluster.process.pid)
        assert any("trap" in command for command in self.held.processes().values()), "the workload is not among what is watched"

    def nothing_is_left(self, *, directory: bool = False) -> None:
        assert self.held.processes() == {}
        assert Machine() == self.before
        assert self.cluster.directory.exists() == directory


@contextmanager
def watch(home: Path, *, owned: bool = False, nodes: int = 1) -> Iterator[Watched]:
    watched = Watched(home, owned=owned, nodes=nodes)
    with watched.cluster, closing(watched.held):
        yield watched


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_by_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    with watch(tmp_path) as watched:
        kill(watched.cluster.process.pid, number)
        assert watched.cluster.await_end() == 0
        watched.nothing_is_left()
        assert watched.cluster.told() == ""


def test_by_the_death_of_what_started_it(tmp_path: Path) -> None:
    """SIGKILL leaves nobody to remove the directory: the next start does."""
    with watch(tmp_path) as watched:
        inner = watched.cluster.inner()
        kill(watched.cluster.process.pid)
        await_end(inner)
        watched.cluster.await_end()
        watched.nothing_is_left(directory=True)
        beside = tmp_path / "beside"
        beside.mkdir()
        watched.cluster.directory.rename(beside / "dead")
        (beside / "not-ours").mkdir()
        with Cluster(beside):
            assert sorted(os.listdir(beside)) == ["cluster", "not-ours"], "the dead cluster's directory was not swept"


def test_by_the_death_of_its_first_process(tmp_path: Path) -> None:
    with watch(tmp_path) as watched:
        kill(watched.cluster.inner())
        assert watched.cluster.await_end() == 1
        watched.nothing_is_left()
        assert watched.cluster.told().startswith(
            "kworkload-cluster: the cluster's supervisor ended without a word\n"
            "  why: it was killed, or it crashed\n"
            "  do:  look at the end of its log:\n"
        )


@pytest.mark.parametrize(
    "component", ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "service-proxy", "storage-provisioner"]
)
def test_by_the_death_of_a_component(tmp_path: Path, component: str) -> None:
    with watch(tmp_path) as watched:
        kill(watched.cluster.pid_of(rf"^kworkload-cluster {component}\b"))
        assert watched.cluster.await_end() == 1
        watched.nothing_is_left()
        said, why, do, *log = watched.cluster.told().splitlines()
        assert said == f"kworkload-cluster: {component} of the cluster ended (signal killed)"
        assert why == "  why: a cluster without it is none, so all of it was stopped"
        assert do == "  do:  look at the end of its log:"
        if component != "service-proxy":  # which says nothing while all is well
            assert any(line.strip() for line in log), "the end of the log is missing"


def test_by_the_death_of_a_kubelet(tmp_path: Path) -> None:
    with watch(tmp_path) as watched:
        kill(watched.cluster.pid_of("^kworkload-cluster kubelet$"))
        assert watched.cluster.await_end() == 1
        watched.nothing_is_left()
        told = watched.cluster.told()
        assert told.startswith("kworkload-cluster: node-0 of the cluster ended (exit status 1)\n")
        assert "the kubelet of node-0 ended (signal killed); the end of its log:\n" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_during_all_faults_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with watch(tmp_path, nodes=4) as watched, ExitStack() as faults:
        requests = [
            {"fault": "node-added"},
            {"fault": "node-removed", "node": "node-3"},
            {"fault": "node-killed", "node": "node-2"},
            {"fault": "kubelet-stopped", "node": "node-1"},
            {"fault": "node-frozen", "node": "node-0"},
            {"fault": "component-stopped", "component": "kube-controller-manager"},
            {"fault": "component-stopped", "component": "kube-apiserver"},
        ]
        for request in requests:
            answer = faults.enter_context(Fault(watched.cluster.directory, **request)).answer
            assert "failed" not in answer, answer["failed"]
        inner = watched.cluster.inner()
        kill(watched.cluster.process.pid, number)
        await_end(inner)
        assert watched.cluster.await_end() == (0 if number == signal.SIGTERM else -number)
        watched.nothing_is_left(directory=number == signal.SIGKILL)


def owned_directory(home: Path) -> Path:
    directory = home / "cluster"
    directory.mkdir(mode=0o700)
    return directory


def test_by_the_last_owner(tmp_path: Path) -> None:
    """Owners hold a shared lock. The first one that lets go changes nothing, the last one ends it."""
    lock = owned_directory(tmp_path) / "owners.lock"
    with lock.open("w") as first, lock.open("w") as second:
        fcntl.flock(first, fcntl.LOCK_SH)
        fcntl.flock(second, fcntl.LOCK_SH)
        with watch(tmp_path, owned=True) as watched:
            pid = watched.cluster.process.pid
            assert os.getsid(pid) == pid, "it has no session of its own, so Ctrl-C reaches it"
            first.close()
            assert watched.cluster.call("GET", "/readyz")["text"] == "ok"
            second.close()
            assert watched.cluster.await_end() == 0
            watched.nothing_is_left()


# Holds the lock until it is killed.
OWNER = """
import fcntl, sys
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_SH)
print("locked", flush=True)
sys.stdin.read()
"""


def test_by_the_death_of_its_owner(tmp_path: Path) -> None:
    lock = owned_directory(tmp_path) / "owners.lock"
    with subprocess.Popen([sys.executable, "-c", OWNER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "locked\n"
        with watch(tmp_path, owned=True) as watched:
            owner.kill()
            assert watched.cluster.await_end() == 0
            watched.nothing_is_left()


def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    before = Machine()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with Cluster(tmp_path / "b") as second:
        with Cluster(tmp_path / "a") as first:
            assert first.server.port != second.server.port
            assert first.request("GET", "/api", token=second.token)[0] == 401
            assert not first.pid_namespaces() & second.pid_namespaces()
            Namespace(first, "only-here")
            assert second.request("GET", "/api/v1/namespaces/only-here")[0] == 404
        assert second.call("GET", "/readyz")["text"] == "ok", "the end of one cluster reached another"
    assert Machine() == before


def test_a_reader_that_is_gone_does_not_end_it(tmp_path: Path) -> None:
    """Nobody reads the ready line. SIGPIPE would end it with the directory left behind."""
    directory = owned_directory(tmp_path)
    kubeconfig = directory / "kubeconfig"
    reader, writer = os.pipe()
    with (directory / "owners.lock").open("w") as owner:
        fcntl.flock(owner, fcntl.LOCK_SH)
        command = [program(), "up", "--owned", "--nodes", "1", "--dir", str(directory)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer)
        os.close(writer)
        os.close(reader)
        await_file(kubeconfig)  # which is written just before the line
        subprocess.run([program(), "kubectl", "--kubeconfig", str(kubeconfig), "get", "--raw", "/readyz"], capture_output=True, check=True)
    await_end(process.pid)
    assert process.wait() == 0
    assert not directory.exists()
