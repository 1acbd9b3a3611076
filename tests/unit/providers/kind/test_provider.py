"""The configuration of a kind cluster, when it is usable, and which images an archive has."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_kworkload.errors import ClusterError
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.model import History, Version
from pytest_kworkload.providers.kind import images
from pytest_kworkload.providers.kind.docker import Docker
from pytest_kworkload.providers.kind.faults import KindFaults
from pytest_kworkload.providers.kind.names import containers
from pytest_kworkload.providers.kind.provider import Kind, config, unready

from ...histories import START
from ...objects.test_nodes import node


def roles(nodes: int, *, spare: bool = False) -> list[str]:
    return [one["role"] for one in config(nodes, spare=spare)["nodes"]]


def test_as_many_nodes_take_pods_as_were_asked_for() -> None:
    assert roles(1) == ["control-plane"]
    assert roles(3) == ["control-plane", "worker", "worker"]
    (patch,) = config(3, spare=False)["nodes"][0]["kubeadmConfigPatches"]
    assert json.loads(patch) == {"kind": "InitConfiguration", "nodeRegistration": {"taints": []}}


def test_where_nodes_are_broken_the_control_plane_has_one_to_itself() -> None:
    assert roles(3, spare=True) == ["control-plane", "worker", "worker", "worker"]
    assert config(3, spare=True)["nodes"][0] == {"role": "control-plane"}, "with the taint that keeps pods away"


def test_names_of_nodes() -> None:
    assert containers("kw-x", 1) == ["kw-x-control-plane"]
    assert containers("kw-x", 4) == ["kw-x-control-plane", "kw-x-worker", "kw-x-worker2", "kw-x-worker3"]


def test_what_it_cannot_do() -> None:
    assert {"nodes:add", "metrics", "storage:rwx", "storage:rwo-attach"}.isdisjoint(Kind.capabilities)
    assert {"nodes:stop", "control-plane:stop", "resources:limits", "images:real", "images:archives", "network:dns"} <= Kind.capabilities


CLASS = {"kind": "StorageClass", "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}
ACCOUNT = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}


def machine(name: str, ready: str = "True") -> dict[str, Any]:
    return {"kind": "Node", "metadata": {"name": name}, **node(ready)}


def dns(available: int = 2, *, observed: int = 1) -> dict[str, Any]:
    metadata = {"name": "coredns", "namespace": "kube-system", "generation": 1}
    status = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": available, "observedGeneration": observed}
    return {"kind": "Deployment", "metadata": metadata, "spec": {"replicas": 2}, "status": status}


def proxy(wanted: int = 2, available: int = 2) -> dict[str, Any]:
    metadata = {"name": "kube-proxy", "namespace": "kube-system", "generation": 1}
    status = {"desiredNumberScheduled": wanted, "updatedNumberScheduled": wanted, "numberAvailable": available, "observedGeneration": 1}
    return {"kind": "DaemonSet", "metadata": metadata, "spec": {}, "status": status}


@pytest.mark.parametrize(
    ("without", "instead", "lacking"),
    [
        ([], [], []),
        (["b"], [], ["1 of 2 nodes"]),
        (["b"], [machine("b", "False")], ["node b: Ready is False: KubeletReady"]),
        (["standard"], [], ["no default StorageClass"]),
        (["standard"], [{"kind": "StorageClass", "metadata": {"name": "standard"}}], ["no default StorageClass"]),
        (["default"], [], ["no default service account"]),
        (["coredns"], [dns(1)], ["Deployment coredns: 1 of 2 replicas available, 2 updated, 2 in all"]),
        (["coredns"], [dns(observed=0)], ["Deployment coredns: its controller has not observed generation 1 yet"]),
        (["kube-proxy"], [proxy(available=1)], ["DaemonSet kube-proxy: 1 of 2 nodes have an available pod, 2 an updated one"]),
        (["kube-proxy"], [proxy(0, 0)], ["DaemonSet kube-proxy: on no node yet"]),
    ],
)
def test_what_a_new_cluster_still_lacks(without: Sequence[str], instead: Sequence[dict[str, Any]], lacking: list[str]) -> None:
    whole = [machine("a"), machine("b"), CLASS, ACCOUNT, dns(), proxy()]
    there = [one for one in whole if one["metadata"]["name"] not in without] + list(instead)
    alive: dict[str, tuple[Version, ...]] = {}
    for n, one in enumerate(there):
        version = Version(one["kind"], "ADDED", {**one, "metadata": {"uid": str(n), **one["metadata"]}}, n, START)
        alive[one["kind"]] = (*alive.get(one["kind"], ()), version)
    assert unready(History((), alive, START, START), 2) == lacking


class Commands:
    """Docker as far as faults need it: notes what it is asked, refuses what `fails` names."""

    def __init__(self, fails: str = "") -> None:
        self.asked: list[str] = []
        self._fails = fails

    def run(self, *arguments: str, deadline: Deadline | None = None) -> str:
        if arguments[0] == "exec":  # of a script the last line is enough
            _, node, _, _, script, _, *further = arguments
            arguments = ("exec", node, script.strip().splitlines()[-1], *further)
        self.asked.append(" ".join(arguments))
        if arguments[0] == self._fails:
            raise ClusterError(f"docker {arguments[0]} failed")
        return ""


NODES = ("kw-control-plane", "kw-worker")


def faults(commands: Commands) -> KindFaults:
    return KindFaults(cast("Docker", commands), NODES)


@pytest.mark.parametrize(
    ("fault", "begins", "ends"),
    [
        ("node-frozen", ["pause kw-worker"], ["unpause kw-worker"]),
        ("node-killed", ["kill kw-worker"], ["start kw-worker"]),
        ("kubelet-stopped", ["exec kw-worker systemctl stop kubelet"], ["exec kw-worker systemctl start kubelet"]),
        ("kubelet-restarted", ["exec kw-worker systemctl restart kubelet"], []),
        (
            "node-removed",
            [
                "exec kw-worker rm /var/lib/kubelet/config.yaml",
                "kill kw-worker",
                "exec kw-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf delete node $1 kw-worker",
            ],
            ["start kw-worker", "exec kw-worker kubeadm join --config=/kind/kubeadm.conf"],
        ),
    ],
)
def test_faults_of_a_node(fault: str, begins: list[str], ends: list[str]) -> None:
    commands = Commands()
    held = faults(commands).start(fault, Deadline.after(1), node="kw-worker")
    assert commands.asked == begins
    held.end(Deadline.after(1))
    assert commands.asked == begins + ends


def test_a_fault_that_fails_is_taken_back_as_far_as_it_came() -> None:
    commands = Commands(fails="kill")
    with pytest.raises(ClusterError, match="docker kill failed"):
        faults(commands).start("node-removed", Deadline.after(1), node="kw-worker")
    assert commands.asked[2:] == ["start kw-worker", "exec kw-worker kubeadm join --config=/kind/kubeadm.conf"]


@pytest.mark.parametrize("fault", ["node-frozen", "node-killed", "node-removed"])
def test_the_control_planes_node_is_not_broken(fault: str) -> None:
    commands = Commands()
    with pytest.raises(ClusterError) as caught:
        faults(commands).start(fault, Deadline.after(1), node="kw-control-plane")
    assert str(caught.value) == (
        f"{fault} of kw-control-plane\n"
        "  why: the control plane runs in this node's container and would go with it\n"
        "  do:  break another one: kw-worker"
    )
    assert commands.asked == []


@pytest.mark.parametrize(
    ("fault", "target", "message"),
    [
        (
            "node-frozen",
            {"node": "kw-workr"},
            "node 'kw-workr'\n  why: this cluster has no such node; it has kw-control-plane, kw-worker\n  do:  did you mean kw-worker?",
        ),
        (
            "component-stopped",
            {"component": "etcd"},
            "component 'etcd'\n  why: it cannot be stopped; what can be is kube-apiserver, kube-controller-manager, kube-scheduler\n"
            "  do:  name one of these",
        ),
        (
            "node-added",
            {"node": "kw-worker"},
            "the fault node-added\n  why: a kind cluster has no such fault\n  do:  see docs/kind.md for what it can do",
        ),
    ],
)
def test_what_cannot_be_broken(fault: str, target: dict[str, str], message: str) -> None:
    with pytest.raises(ClusterError) as caught:
        faults(Commands()).start(fault, Deadline.after(1), **target)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("reference", "full"),
    [
        ("web", "docker.io/library/web:latest"),
        ("web:1", "docker.io/library/web:1"),
        ("me/web:1", "docker.io/me/web:1"),
        ("localhost/web", "localhost/web:latest"),
        ("registry:5000/web:1", "registry:5000/web:1"),
        ("registry:5000/web", "registry:5000/web:latest"),
        ("ghcr.io/me/web:1", "ghcr.io/me/web:1"),
    ],
)
def test_a_reference_in_full(reference: str, full: str) -> None:
    assert images.full(reference) == full


class TestArchives:
    @pytest.fixture
    def kind(self, tmp_path: Path) -> Path:
        """Keeps the archive that it is given, in place of loading it."""
        program = tmp_path / "kind"
        program.write_text(f'#!/bin/sh\nfor last; do :; done; cp "$last" {tmp_path}/loaded.tar\n')
        program.chmod(0o755)
        return program

    def archive(self, path: Path, **documents: Any) -> Path:
        with tarfile.open(path, "w") as tar:
            for name, content in {
                "layer.tar": b"123",
                **{f"{key}.json": json.dumps(value).encode() for key, value in documents.items()},
            }.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return path

    def loaded(self, tmp_path: Path) -> dict[str, Any]:
        with tarfile.open(tmp_path / "loaded.tar") as tar:
            members = {member.name.removeprefix("./"): tar.extractfile(member) for member in tar if member.isfile()}
            return {name: json.load(content) for name, content in members.items() if content is not None}

    def test_its_own_names(self, kind: Path, tmp_path: Path) -> None:
        archive = self.archive(tmp_path / "a.tar", manifest=[{"RepoTags": ["web:1", "me/web:1"]}, {"RepoTags": None}])
        assert images.load(kind, "kw", archive, None, tmp_path) == ["docker.io/library/web:1", "docker.io/me/web:1"]
        assert (tmp_path / "loaded.tar").read_bytes() == archive.read_bytes(), "as it is"

    def test_another_name(self, kind: Path, tmp_path: Path) -> None:
        index = {"manifests": [{"digest": "d", "annotations": {"org.opencontainers.image.ref.name": "1"}}]}
        archive = self.archive(tmp_path / "a.tar", manifest=[{"RepoTags": ["web:1"], "Layers": ["layer.tar"]}], index=index)
        assert images.load(kind, "kw", archive, "db:2", tmp_path) == ["docker.io/library/db:2"]
        full = "docker.io/library/db:2"
        annotations = {"io.containerd.image.name": full, "org.opencontainers.image.ref.name": full}
        assert self.loaded(tmp_path) == {
            "layer.tar": 123,
            "manifest.json": [{"RepoTags": [full], "Layers": ["layer.tar"]}],
            "index.json": {"manifests": [{"digest": "d", "annotations": annotations}]},
        }

    def test_a_directory_becomes_a_tar(self, kind: Path, tmp_path: Path) -> None:
        layout = tmp_path / "layout"
        (layout / "blobs").mkdir(parents=True)
        (layout / "blobs" / "b").write_text("1")
        index = {"manifests": [{"annotations": {"io.containerd.image.name": "ghcr.io/me/web:1"}}]}
        (layout / "index.json").write_text(json.dumps(index))
        assert images.load(kind, "kw", layout, None, tmp_path) == ["ghcr.io/me/web:1"]
        assert self.loaded(tmp_path) == {"index.json": index, "blobs/b": 1}

    def test_what_is_written_for_it_is_where_the_cluster_is_and_goes(self, tmp_path: Path) -> None:
        program, room = tmp_path / "kind", tmp_path / "kind-1"
        room.mkdir()
        program.write_text(f'#!/bin/sh\nfor last; do :; done; echo "$last" > {tmp_path}/asked; exit 1\n')
        program.chmod(0o755)
        with pytest.raises(ClusterError):
            images.load(program, "kw", self.archive(tmp_path / "a.tar", manifest=[{"RepoTags": ["web:1"]}]), "db:2", room)
        assert Path((tmp_path / "asked").read_text()).parent == room, "what is left by SIGKILL ends with the cluster"
        assert list(room.iterdir()) == []

    @pytest.mark.parametrize(
        ("documents", "why"),
        [
            ({}, "it has neither manifest.json nor index.json, so it is not an archive of images"),
            ({"manifest": [{"RepoTags": []}]}, "none of its images has a name; give one: load_image(..., name=...)"),
            ({"manifest": [{}]}, "it has no 'RepoTags'"),
        ],
    )
    def test_what_is_none(self, kind: Path, tmp_path: Path, documents: dict[str, Any], why: str) -> None:
        archive = self.archive(tmp_path / "a.tar", **documents)
        with pytest.raises(ClusterError) as caught:
            images.load(kind, "kw", archive, None, tmp_path)
        assert str(caught.value) == (
            f"{archive} cannot be loaded\n  why: {why}\n  do:  make an archive with `docker save`, or see docs/images.md for other tools"
        )

    def test_one_name_for_two_images(self, kind: Path, tmp_path: Path) -> None:
        archive = self.archive(tmp_path / "a.tar", manifest=[{"RepoTags": ["a:1"]}, {"RepoTags": ["b:1"]}])
        with pytest.raises(ClusterError, match="it has 2 images, and one name was given"):
            images.load(kind, "kw", archive, "c:1", tmp_path)

    def test_no_file_and_no_archive(self, kind: Path, tmp_path: Path) -> None:
        (tmp_path / "text.tar").write_text("no archive")
        for name, why in (("missing.tar", "No such file or directory"), ("text.tar", "file could not be opened successfully")):
            with pytest.raises(ClusterError, match=why):
                images.load(kind, "kw", tmp_path / name, None, tmp_path)
