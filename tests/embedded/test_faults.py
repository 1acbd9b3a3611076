"""Faults of a cluster, by its control socket: what each does, and that its end leaves the cluster as it was."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .archives import Image, Layer, oci_archive, small
from .driver import SECONDS, Cluster, Fault, Json, Namespace, family, fault, ready, restarts, state
from .loading import load
from .peers import server, service
from .pods import container, run


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One for these tests alone: they break it, and it is whole again after each."""
    with Cluster(tmp_path_factory.mktemp("faults"), nodes=2) as cluster:
        yield cluster


def node(cluster: Cluster, name: str) -> Json:
    return cluster.call("GET", f"/api/v1/nodes/{name}")


def node_until(cluster: Cluster, name: str, *, is_ready: bool) -> None:
    cluster.until(f"/api/v1/nodes?fieldSelector=metadata.name%3D{name}", lambda one: ready(one) == is_ready, f"{name} ready: {is_ready}")


def on(name: str) -> Json:
    return {"nodeSelector": {"kubernetes.io/hostname": name}}


def first_process(cluster: Cluster, name: str) -> int:
    """The number of the node's first process."""
    (pid,) = [
        pid
        for pid, command in cluster.processes().items()
        if command == "kworkload-supervisor node" and Path(f"/proc/{pid}/root/etc/hostname").read_text("ascii") == f"{name}\n"
    ]
    return pid


def states(pids: list[int]) -> set[str]:
    return {Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] for pid in pids}


class Counter:
    """A pod that counts how often it was listened to. It is listened to on the node's disk, without the help of the node."""

    def __init__(self, ns: Namespace, on_node: str) -> None:
        self.ns = ns
        ns.start(
            "counter",
            "trap '' PIPE; trap 'exit 0' TERM; mkfifo /v/beat",
            "n=0; while n=$((n + 1)); do echo $n >/v/beat; done",
            volumeMounts=[{"name": "v", "mountPath": "/v"}],
            pod={**on(on_node), "volumes": [{"name": "v", "emptyDir": {}}]},
        )
        pod = ns.running("counter")
        volumes = f"nodes/{on_node}/var/lib/kubelet/pods/{pod['metadata']['uid']}/volumes"
        self._path = ns.cluster.directory / volumes / "kubernetes.io~empty-dir/v/beat"
        ns.sh("counter", "until test -p /v/beat; do sleep 0.05; done")

    def listen(self) -> int:
        listening = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            os.read(listening, 1 << 16)  # all that was said before, for nobody: a pipe holds no more
        return listening

    def hear(self, listening: int, seconds: float = SECONDS) -> int:
        """The next number; 0 if there is none."""
        deadline = time.monotonic() + seconds
        while select.select([listening], [], [], max(0.0, deadline - time.monotonic()))[0]:
            with contextlib.suppress(BlockingIOError):  # nobody wrote, which select tells too, but somebody has opened it since
                if said := os.read(listening, 1 << 16):
                    return int(said.split()[-1])
            if time.monotonic() > deadline:
                break
        return 0

    def beat(self) -> int:
        listening = self.listen()
        try:
            return self.hear(listening)
        finally:
            os.close(listening)

    def life(self) -> tuple[str, str, int]:
        """What another container would not have in common with this one."""
        pod = self.ns.is_ready("counter")
        (status,) = pod["status"]["containerStatuses"]
        return status["containerID"], status["state"]["running"]["startedAt"], status["restartCount"]


def test_a_stopped_kubelet(cluster: Cluster, ns: Namespace) -> None:
    counter = Counter(ns, "node-1")
    before, first = counter.life(), counter.beat()
    with fault(cluster, "kubelet-stopped", node="node-1"):
        assert "kworkload-cluster kubelet" not in [cluster.processes()[pid] for pid in family(first_process(cluster, "node-1"))]
        node_until(cluster, "node-1", is_ready=False)
        assert counter.beat() > first
    node_until(cluster, "node-1", is_ready=True)
    assert counter.life() == before
    assert ns.sh("counter", "echo reached") == "reached\n"


def test_a_restarted_kubelet(cluster: Cluster, ns: Namespace) -> None:
    counter = Counter(ns, "node-1")
    before, first, boot = counter.life(), counter.beat(), node(cluster, "node-1")["status"]["nodeInfo"]["bootID"]
    with fault(cluster, "kubelet-restarted", node="node-1"):
        ns.start("later", pod=on("node-1"))
        ns.running("later")  # so the kubelet has looked at all its pods by now
        assert counter.life() == before
        assert ns.sh("counter", "echo reached") == "reached\n"
        assert counter.beat() > first
        assert node(cluster, "node-1")["status"]["nodeInfo"]["bootID"] == boot
    assert ns.sh("counter", "echo reached") == "reached\n"


def test_a_frozen_node(cluster: Cluster, ns: Namespace) -> None:
    counter = Counter(ns, "node-1")
    first = counter.beat()
    with fault(cluster, "node-frozen", node="node-1"):
        listening = counter.listen()
        node_until(cluster, "node-1", is_ready=False)
        assert counter.hear(listening, 0) == 0, "the pod has gone on counting"
        assert states(family(first_process(cluster, "node-1"))) <= {"T", "Z"}
        assert states(family(first_process(cluster, "node-0"))) & {"R", "S"}
    assert counter.hear(listening) > first, "it has begun anew"
    os.close(listening)
    node_until(cluster, "node-1", is_ready=True)


def links(cluster: Cluster) -> list[str]:
    """Those of the control plane's network."""
    return [line.split(":")[0].strip() for line in Path(f"/proc/{cluster.inner()}/net/dev").read_text("ascii").splitlines()[2:]]


def test_a_killed_node(cluster: Cluster, ns: Namespace) -> None:
    """It comes back as after a reboot: the same node, disk and images, every container ended and started again."""
    counter = Counter(ns, "node-1")
    before, told = node(cluster, "node-1"), restarts(ns.is_ready("counter"))
    ns.sh("counter", "echo kept >/v/file")
    there = family(first_process(cluster, "node-1"))
    with fault(cluster, "node-killed", node="node-1"):
        assert not [pid for pid in there if Path(f"/proc/{pid}").exists()]
        assert [name for name in links(cluster) if name.startswith("node")] == ["nodes", "node0"]
        node_until(cluster, "node-1", is_ready=False)
    pod = ns.until("counter", lambda pod: restarts(pod) > told and ready(pod), "started again")
    assert restarts(pod) == told + 1
    ended = state(pod, "lastState")["terminated"]
    assert (ended["exitCode"], ended["reason"]) == (255, "Unknown")
    assert ns.sh("counter", "cat /v/file") == "kept\n"
    assert counter.beat() > 0
    after = node(cluster, "node-1")
    assert after["status"]["nodeInfo"]["bootID"] != before["status"]["nodeInfo"]["bootID"]
    for same in ("machineID", "systemUUID"):
        assert after["status"]["nodeInfo"][same] == before["status"]["nodeInfo"][same]
    assert (after["metadata"]["uid"], after["status"]["addresses"]) == (before["metadata"]["uid"], before["status"]["addresses"])
    ns.start("pulled", pod=on("node-1"), imagePullPolicy="Never")  # by the counter, before
    ns.running("pulled")


def ask(ns: Namespace, name: str, at: str, port: int) -> str:
    """What a server tells a pod."""
    return ns.sh(name, f"bash -c 'until cat </dev/tcp/{at}/{port}; do sleep 0.1; done' 2>/dev/null")


def serve(ns: Namespace, name: str, node: int) -> str:
    """The address of a pod that says its name."""
    ns.create("pods", server(name, app=name, node=node))
    address: str = ns.is_ready(name)["status"]["podIP"]
    return address


def test_an_added_node(cluster: Cluster, ns: Namespace, tmp_path: Path) -> None:
    old = serve(ns, "old", 0)
    ns.create("services", service("old", app="old"))
    with fault(cluster, "node-added") as answer:
        assert answer == {"node": "node-2"}
        new = serve(ns, "new", 2)
        assert ask(ns, "new", old, 8080) == ask(ns, "new", "old", 80) == "old"
        assert ask(ns, "old", new, 8080) == "new"
        load(
            cluster,
            oci_archive(tmp_path / "a.tar", Image([small(), Layer().file("text", "loaded\n")], {"Cmd": ["cat", "/text"]}, "late:1")),
        )
        assert run(ns, "", "late:1", imagePullPolicy="Never") == "loaded\n"
        there = family(first_process(cluster, "node-2"))
        with fault(cluster, "node-added") as another:
            assert another == {"node": "node-3"}
    assert [one["metadata"]["name"] for one in cluster.call("GET", "/api/v1/nodes")["items"]] == ["node-0", "node-1"]
    assert sorted(os.listdir(cluster.directory / "nodes")) == ["node-0", "node-1"]
    assert not [pid for pid in there if Path(f"/proc/{pid}").exists()]


def test_a_removed_node(cluster: Cluster, ns: Namespace) -> None:
    before = node(cluster, "node-1")["metadata"]["uid"]
    with fault(cluster, "node-removed", node="node-1"):
        assert cluster.request("GET", "/api/v1/nodes/node-1")[0] == 404
        assert os.listdir(cluster.directory / "nodes") == ["node-0"]
        with fault(cluster, "node-added") as answer:
            assert answer == {"node": "node-2"}, "the name of the one that comes back was given away"
    assert node(cluster, "node-1")["metadata"]["uid"] != before
    ns.start("p", pod=on("node-1"))
    ns.running("p")


def test_stopped_controllers(cluster: Cluster, ns: Namespace) -> None:
    one = {"metadata": {"labels": {"app": "w"}}, "spec": {"containers": [container("c")]}}
    replica_set = {"metadata": {"name": "w"}, "spec": {"selector": {"matchLabels": {"app": "w"}}, "template": one}}
    with fault(cluster, "component-stopped", component="kube-controller-manager"):
        cluster.call("POST", f"/apis/apps/v1/namespaces/{ns.name}/replicasets", replica_set)
        ns.start("p")
        ns.running("p")  # all others do their work
        assert [pod["metadata"]["name"] for pod in cluster.call("GET", f"{ns.path}/pods")["items"]] == ["p"]
    cluster.until(f"{ns.path}/pods?labelSelector=app%3Dw", ready, "the replica")


# A connection that is reset before the handshake: `ssl` forgets its socket, and nobody else has it to close it.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_a_stopped_api_server(cluster: Cluster, ns: Namespace) -> None:
    counter = Counter(ns, "node-0")
    before, first = counter.life(), counter.beat()
    with fault(cluster, "component-stopped", component="kube-apiserver"):
        with pytest.raises(OSError, match=r"reset|refused|EOF|closed"):
            cluster.request("GET", "/readyz")
        assert counter.beat() > first
        with Fault(cluster.directory, fault="node-added") as refused:
            assert refused.answer["failed"].splitlines()[1] == (
                "  why: component-stopped is in force on kube-apiserver, and no node joins the cluster without that"
            )
    assert cluster.call("GET", "/readyz")["text"] == "ok"
    ns.start("p")
    ns.running("p")
    assert counter.life() == before


# Holds a fault until it is killed.
CLIENT = """
import json, os, socket, sys
os.chdir(sys.argv[1])
connection = socket.socket(socket.AF_UNIX)
connection.connect("control.sock")
connection.sendall(sys.argv[2].encode() + b"\\n")
print(connection.makefile().readline(), end="", flush=True)
sys.stdin.read()
"""


def test_a_client_that_is_killed(cluster: Cluster, ns: Namespace) -> None:
    request = json.dumps({"fault": "component-stopped", "component": "kube-scheduler"})
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(cluster.directory), request], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "{}\n"
        ns.start("p")
        client.kill()
    ns.running("p")


def test_only_the_user_may_ask(cluster: Cluster) -> None:
    assert (cluster.directory / "control.sock").stat().st_mode & 0o777 == 0o600


def test_one_fault_at_a_time_on_a_node(cluster: Cluster) -> None:
    with fault(cluster, "node-frozen", node="node-1"):
        with fault(cluster, "kubelet-restarted", node="node-0"):
            pass
        with Fault(cluster.directory, fault="node-killed", node="node-1") as second:
            assert second.answer["failed"] == (
                'node-killed of node "node-1" was asked for\n'
                "  why: node-frozen is in force there, or about to end\n"
                "  do:  end it first: a node has one fault at a time"
            )


REFUSED = [
    (
        {"fault": "node-eaten", "node": "node-0"},
        'the fault "node-eaten" was asked for\n'
        "  why: there is none of that name\n"
        "  do:  name one of component-stopped, kubelet-restarted, kubelet-stopped, node-added, node-frozen, node-killed, node-removed",
    ),
    (
        {"fault": "node-killed", "node": "node-7"},
        'node-killed of node "node-7" was asked for\n  why: there is none of that name\n  do:  name one of node-0, node-1',
    ),
    (
        {"fault": "component-stopped", "component": "etcd"},
        'component-stopped of component "etcd" was asked for\n'
        "  why: there is none of that name\n"
        "  do:  name one of kube-apiserver, kube-controller-manager, kube-scheduler",
    ),
    (
        {"fault": "node-killed", "pod": "p"},
        'the control socket was sent "{\\"fault\\": \\"node-killed\\", \\"pod\\": \\"p\\"}\\n"\n'
        '  why: it is not a request: json: unknown field "pod"\n'
        '  do:  send one line, like {"fault":"node-killed","node":"node-1"}',
    ),
]


@pytest.mark.parametrize(("request_", "text"), REFUSED, ids=["fault", "node", "component", "no request"])
def test_what_there_is_not(cluster: Cluster, request_: dict[str, str], text: str) -> None:
    with Fault(cluster.directory, **request_) as refused:
        assert refused.answer == {"failed": text}
