"""What a user is told when Docker, kind or the node image is not there: one message each.

The programs are small scripts on PATH; what these tests show is the text. The real ones are used by tests/kind.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_kworkload.cluster import owners
from pytest_kworkload.cluster.running import Wish
from pytest_kworkload.errors import ClusterError
from pytest_kworkload.providers.kind import docker
from pytest_kworkload.providers.kind.provider import Kind
from pytest_kworkload.settings import Settings

DOCKER = """
case "$1 $2" in
  "version --format") echo 28.2.2;;
  "image ls") echo "kindest/node v1.34.4 0a1b2c3d4e5f"; echo "kindest/node <none> 1a1b2c3d4e5f";;
  "image inspect") [ "$3" = kindest/node:v1.34.4 ];;
  *) exit 9;;
esac
"""
KIND = """
case "$1" in
  get) ;;
  delete) echo "Deleting cluster" >&2;;
  *) cat >&2 <<X
Creating cluster "kw" ...
 \x1b[32m✓\x1b[0m Ensuring node image
ERROR: failed to create cluster: failed to init node with kubeadm: command "docker exec kubeadm init" failed
Command Output: I1124 kubelet is not running
Stack Trace:
sigs.k8s.io/kind/pkg/errors.WithStack
X
  exit 1;;
esac
"""


class Machine:
    """A machine on which only the named programs are to be had, and the shell."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._bin = root / "bin"
        self._bin.mkdir()
        for tool in ("sh", "cat"):
            (self._bin / tool).symlink_to(f"/bin/{tool}")
        monkeypatch.setenv("PATH", str(self._bin))
        monkeypatch.setenv("TMPDIR", str(root))
        monkeypatch.setattr("tempfile.tempdir", None)
        monkeypatch.delenv("DOCKER_HOST", raising=False)
        self.instances = root / "instances"
        self.instances.write_text("8192\n")
        monkeypatch.setattr(docker, "INSTANCES", self.instances)

    def has(self, **programs: str) -> None:
        for name, script in programs.items():
            path = self._bin / name
            path.write_text(f"#!/bin/sh\n{script}")
            path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def told(settings: Settings | None = None) -> str:
    with pytest.raises(ClusterError) as caught:
        Kind().start(Wish(3), settings or Settings())
    assert list(owners.home().iterdir()) == [], "a start that fails leaves nothing"
    return str(caught.value)


def test_no_docker(machine: Machine) -> None:
    assert told() == (
        "no program `docker` on PATH\n"
        "  why: the nodes of a kind cluster are Docker containers\n"
        "  do:  install Docker, or use --kworkload-provider=embedded, which needs none"
    )


def test_no_daemon(machine: Machine) -> None:
    machine.has(
        docker='echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2; exit 1'
    )
    assert told() == (
        "Docker's daemon does not answer\n"
        "  why: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n"
        "  do:  start it (`sudo systemctl start docker`), or set DOCKER_HOST; --kworkload-provider=embedded needs no Docker"
    )


def test_a_daemon_elsewhere(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.has(docker="echo no route to host >&2; exit 1")
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.7:2375")
    assert told().startswith("Docker's daemon does not answer (DOCKER_HOST is tcp://192.0.2.7:2375)\n  why: no route to host\n")


def test_a_daemon_that_hangs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.has(docker="exec /bin/sleep 60")
    monkeypatch.setattr(docker, "CHECK_SECONDS", 0.2)
    assert told() == (
        "docker version --format did not end within 0.2 s\n"
        "  why: Docker's daemon hangs, or the machine is overloaded\n"
        "  do:  see whether `docker ps` answers; give a longer timeout if it only needs more time"
    )


def test_no_permission(machine: Machine) -> None:
    machine.has(
        docker='echo "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock" >&2; exit 1'
    )
    assert told() == (
        "Docker's socket may not be used by this user\n"
        "  why: permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock\n"
        "  do:  join the group docker and log in again (`sudo usermod -aG docker $USER`), or use --kworkload-provider=embedded"
    )


def test_no_kind(machine: Machine) -> None:
    machine.has(docker=DOCKER)
    assert told() == (
        "no program `kind` on PATH\n"
        "  why: it makes the clusters of this provider, and a run downloads nothing\n"
        "  do:  install kind (https://kind.sigs.k8s.io), or name it with --kworkload-kind-bin=PATH"
    )


def test_what_is_named_as_kind_is_none(machine: Machine, tmp_path: Path) -> None:
    machine.has(docker=DOCKER)
    assert told(Settings(kind_bin=Path("/nowhere/kind"))) == (
        "/nowhere/kind as the program `kind`\n"
        "  why: it does not exist, or cannot be executed\n"
        "  do:  name another one, or leave the option out"
    )


def test_a_node_image_that_is_not_here(machine: Machine) -> None:
    machine.has(docker=DOCKER, kind=KIND)
    assert told(Settings(kind_image="kindest/node:v1.29.0")) == (
        "Docker has no image kindest/node:v1.29.0\n"
        "  why: a run never pulls the node image: that takes minutes and a network; Docker has kindest/node:v1.34.4, 1a1b2c3d4e5f\n"
        "  do:  docker pull kindest/node:v1.29.0, or name one of those with --kworkload-kind-image"
    )


def test_no_node_image_at_all(machine: Machine) -> None:
    machine.has(docker='[ "$1" = version ] || [ "$2" = ls ]', kind=KIND)
    assert told() == (
        "Docker has no image kindest/node\n"
        "  why: a run never pulls it: that takes minutes and a network\n"
        "  do:  docker pull kindest/node:v1.34.0 (or another version), then start the tests again"
    )
    assert "Docker has none of kindest/node\n  do:  docker pull mine:1" in told(Settings(kind_image="mine:1"))


def test_kind_makes_no_cluster(machine: Machine) -> None:
    machine.has(docker=DOCKER, kind=KIND)
    name, rest = told().split("\n", 1)
    assert name.startswith("kind could not make the cluster kw-")
    assert rest == (
        '  why: failed to create cluster: failed to init node with kubeadm: command "docker exec kubeadm init" failed\n'
        "       Command Output: I1124 kubelet is not running\n"
        "  do:  start the tests again; to get the nodes' logs: `kind create cluster --retain`, then `kind export logs`"
    )


def test_too_few_inotify_instances(machine: Machine) -> None:
    machine.has(docker=DOCKER, kind=KIND)
    machine.instances.write_text("128\n")
    assert told().endswith(
        "  do:  this machine allows 128 inotify instances per user, and a cluster of three nodes takes about 90 of them: "
        "`sysctl fs.inotify.max_user_instances=1024`, then start the tests again"
    )


def test_a_command_of_dockers_fails(machine: Machine) -> None:
    machine.has(docker='[ "$1" = version ] || { echo "No such container: node-9" >&2; exit 1; }')
    with pytest.raises(ClusterError) as caught:
        docker.Docker().run("pause", "node-9")
    assert str(caught.value) == (
        "docker pause node-9 failed\n  why: No such container: node-9\n  do:  see whether the cluster's containers run: docker ps -a"
    )
