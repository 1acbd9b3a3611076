"""What `up` says when the cluster is usable, and who can reach it."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .driver import Cluster, Namespace, program


def test_the_ready_line(cluster: Cluster) -> None:
    ready = cluster.ready
    assert sorted(ready) == ["dir", "images", "kubeconfig", "loaded", "milliseconds", "nodes", "phases", "pid", "timings", "version"]
    assert ready["version"] == "v1.37.2"
    assert ready["nodes"] == ["node-0", "node-1"]
    assert ready["pid"] == cluster.process.pid
    assert ready["dir"] == str(cluster.directory)
    assert ready["kubeconfig"] == str(cluster.directory / "kubeconfig")
    assert sorted(ready["phases"]) == ["control-plane", "default-service-account", "namespaces", "nodes", "programs", "services"]
    assert 0 < sum(ready["phases"].values()) <= ready["milliseconds"]
    assert ready["images"] == {"registry.example/idle*": "stand-in", "my/tools": "host"}
    assert ready["timings"] == {
        "node-monitor-period": "1s",
        "node-monitor-grace-period": "8s",
        "node-lease-duration": "5s",
        "node-status-update": "1s",
        "pvclaimbinder-sync-period": "5s",
    }


def test_only_the_ready_line_is_printed(cluster: Cluster) -> None:
    assert cluster.process.stdout is not None
    assert cluster.process.stdout.read() == "", "something follows the line, or its end is not told"
    assert cluster.told() == ""


def test_the_server_is_the_version_that_it_says(cluster: Cluster) -> None:
    version = cluster.call("GET", "/version")
    assert (version["gitVersion"], version["major"], version["minor"]) == ("v1.37.2", "1", "37")
    assert subprocess.check_output([program(), "version"], text=True) == "v1.37.2\n"


def test_usable_means_nodes_service_account_and_storage_classes(cluster: Cluster) -> None:
    nodes = cluster.call("GET", "/api/v1/nodes")["items"]
    conditions = {node["metadata"]["name"]: {one["type"]: one["status"] for one in node["status"]["conditions"]} for node in nodes}
    assert {name: of["Ready"] for name, of in conditions.items()} == {"node-0": "True", "node-1": "True"}
    assert cluster.call("GET", "/api/v1/namespaces/default/serviceaccounts/default")
    classes = {one["metadata"]["name"]: one for one in cluster.call("GET", "/apis/storage.k8s.io/v1/storageclasses")["items"]}
    assert {name: (one["volumeBindingMode"], one["reclaimPolicy"]) for name, one in classes.items()} == {
        "standard": ("WaitForFirstConsumer", "Delete"),
        "shared": ("Immediate", "Delete"),
    }
    assert classes["standard"]["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"


def test_the_directory_is_the_users_alone(cluster: Cluster) -> None:
    assert cluster.directory.stat().st_mode & 0o777 == 0o700
    assert (cluster.directory / "kubeconfig").stat().st_mode & 0o777 == 0o600
    assert (cluster.directory / "cluster.json").stat().st_mode & 0o777 == 0o600


def test_keys_are_not_on_the_disk(cluster: Cluster) -> None:
    """They are in a memory file system of the cluster's own; from here its place is an empty directory."""
    assert list((cluster.directory / "run").iterdir()) == []
    for path in cluster.directory.rglob("*"):
        if path.is_file() and path.parent.name != "bin" and os.access(path, os.R_OK):
            assert b"PRIVATE KEY" not in path.read_bytes(), path


def listening(pids: list[int]) -> set[tuple[str, int]]:
    """Address and port of the sockets of this machine's network on which one of these processes listens."""
    held = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    held.add(os.readlink(descriptor))
    found = set()
    for table, width in (("tcp", 8), ("tcp6", 32), ("udp", 8), ("udp6", 32)):
        for line in Path(f"/proc/self/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in held and (fields[3] == "0A" or table.startswith("udp")):
                address, port = fields[1].split(":")
                text = socket.inet_ntoa(bytes.fromhex(address)[::-1]) if width == len(address) == 8 else address
                found.add((text, int(port, 16)))
    return found


def test_only_the_api_port_listens_and_only_on_the_loopback(cluster: Cluster) -> None:
    assert cluster.server.hostname == "127.0.0.1"
    assert listening(list(cluster.processes())) == {("127.0.0.1", cluster.server.port)}


@pytest.mark.parametrize(("token", "status"), [(None, 403), ("made-up", 401)], ids=["anonymous", "a wrong token"])
def test_without_its_token_nothing_is_told(cluster: Cluster, token: str | None, status: int) -> None:
    assert cluster.request("GET", "/api/v1/namespaces/kube-system/secrets", token=token)[0] == status
    assert cluster.request("GET", "/api/v1/nodes", token=token)[0] == status
    assert cluster.request("POST", "/api/v1/namespaces", {"metadata": {"name": "mine"}}, token=token)[0] == status


def test_a_pods_account_may_do_what_rbac_gives_it(cluster: Cluster, ns: Namespace) -> None:
    ns.start("p")
    ns.running("p")
    token = ns.sh("p", "cat /var/run/secrets/kubernetes.io/serviceaccount/token")
    assert cluster.request("GET", "/api/v1/nodes", token=token)[0] == 403
    assert cluster.request("GET", f"/api/v1/namespaces/{ns.name}/secrets", token=token)[0] == 403
    status, who = cluster.request(
        "POST",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
        token=token,
    )
    assert status == 201
    assert who["status"]["userInfo"]["username"] == f"system:serviceaccount:{ns.name}:default"


# Runs in the cluster's network: whoever may be there at all may not ask a kubelet.
ASK_KUBELETS = """
import ctypes, json, os, ssl, sys, urllib.error, urllib.request
libc = ctypes.CDLL(None, use_errno=True)
for kind in ("user", "net"):
    try:
        there = os.open(f"/proc/{sys.argv[1]}/ns/{kind}", os.O_RDONLY)
        if os.readlink(f"/proc/self/ns/{kind}") != os.readlink(f"/proc/{sys.argv[1]}/ns/{kind}") and libc.setns(there, 0):
            raise OSError(ctypes.get_errno(), kind)
    except OSError as error:
        sys.exit(f"entering: {error}")
tls = ssl.create_default_context()
tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
for headers in ({}, {"Authorization": "Bearer made-up"}):
    for path in ("/pods", "/metrics", "/logs/", "/runningpods/", "/healthz"):
        try:
            request = urllib.request.Request(f"https://10.10.0.10:10250{path}", headers=headers)
            print(urllib.request.urlopen(request, context=tls, timeout=60).status)
        except urllib.error.HTTPError as error:
            print(error.code)
"""


def test_a_kubelet_answers_nobody_but_the_api_server(cluster: Cluster) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", ASK_KUBELETS, str(cluster.inner())], env={}, capture_output=True, text=True, timeout=120, check=False
    )
    assert (asked.stdout.split(), asked.stderr) == (["401"] * 10, "")
    assert cluster.request("GET", "/api/v1/nodes/node-0/proxy/pods")[0] == 200


def test_every_component_runs_in_the_clusters_namespaces(cluster: Cluster) -> None:
    here = {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in ("net", "mnt", "pid", "ipc", "uts", "user")}
    outer = cluster.process.pid
    for pid, command in cluster.processes().items():
        with contextlib.suppress(FileNotFoundError):  # a probe or a hook that has ended
            same = [kind for kind in here if os.readlink(f"/proc/{pid}/ns/{kind}") == here[kind]]
            assert same == (list(here) if pid == outer else []), command


def test_components_are_processes_of_their_own(cluster: Cluster) -> None:
    commands = list(cluster.processes().values())
    for component in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "service-proxy", "storage-provisioner"):
        assert len([one for one in commands if re.match(rf"kworkload-cluster {component}\b", one)]) == 1, component
    assert len([one for one in commands if one == "kworkload-cluster kubelet"]) == 2
    assert len([one for one in commands if one == "kworkload-supervisor node"]) == 2


def test_kubectl_is_a_subcommand(cluster: Cluster) -> None:
    assert cluster.kubectl("get", "nodes", "-o", "name").split() == ["node/node-0", "node/node-1"]
    assert "node-7" in cluster.kubectl("get", "node", "node-7", status=1)


def test_arguments_of_components_are_passed_on(cluster: Cluster) -> None:
    """They come last, so a user's own wins."""
    (manager,) = [one for one in cluster.processes().values() if one.startswith("kworkload-cluster kube-controller-manager ")]
    assert manager.endswith(" --concurrent-job-syncs=6")
