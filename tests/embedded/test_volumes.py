"""Volumes of every kind, and what becomes of the data."""

from __future__ import annotations

import base64
import json

import pytest

from .driver import Cluster, Json, Namespace, state


def mounted(on: str | None = None, **source: object) -> Json:
    """A container and pod with one volume of this kind; the pod is on this node."""
    pod: Json = {"volumes": [{"name": "v", **source}]}
    if on:
        pod["nodeSelector"] = {"kubernetes.io/hostname": on}
    return {"pod": pod, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}


def claim(ns: Namespace, name: str, *, mode: str = "ReadWriteOnce", storage_class: str | None = None) -> None:
    spec: Json = {"accessModes": [mode], "resources": {"requests": {"storage": "1Mi"}}}
    if storage_class:
        spec["storageClassName"] = storage_class
    ns.create("persistentvolumeclaims", {"metadata": {"name": name}, "spec": spec})


def test_config_maps_as_files_and_environment(ns: Namespace) -> None:
    ns.create(
        "configmaps",
        {"metadata": {"name": "m"}, "data": {"key": "value", "other": "x"}, "binaryData": {"bytes": base64.b64encode(b"\xff").decode()}},
    )
    script = "cat /v/key; echo; ls /v; od -An -tx1 /v/bytes; echo $FROM_key; cat /one/renamed"
    volumes = [{"name": "v", "configMap": {"name": "m"}}]
    mounts = [{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/one/renamed", "subPath": "key"}]
    output = ns.output(
        "p", script, pod={"volumes": volumes}, volumeMounts=mounts, envFrom=[{"prefix": "FROM_", "configMapRef": {"name": "m"}}]
    )
    assert output.split() == ["value", "bytes", "key", "other", "ff", "value", "value"]


def test_a_config_map_that_changes_reaches_the_pod(ns: Namespace) -> None:
    ns.create("configmaps", {"metadata": {"name": "m"}, "data": {"key": "old"}})
    probe = {"exec": {"command": ["grep", "new", "/v/key"]}, "periodSeconds": 1}
    ns.start("p", **mounted(configMap={"name": "m"}), readinessProbe=probe)
    ns.running("p")
    ns.cluster.call("PATCH", f"{ns.path}/configmaps/m", {"data": {"key": "new"}}, kind="merge-patch+json")
    ns.is_ready("p")


def test_secrets(ns: Namespace) -> None:
    ns.create("secrets", {"metadata": {"name": "s"}, "stringData": {"password": "hunter2"}})
    script = "cat /v/password; stat -Lc ' %a' /v/password; grep ' /v ' /proc/mounts"
    output = ns.output("p", script, **mounted(secret={"secretName": "s", "defaultMode": 0o400}))
    assert output.startswith("hunter2 400\n")
    assert "tmpfs" in output, "a secret is on the disk"


def test_a_projected_token(cluster: Cluster, ns: Namespace) -> None:
    sources = [{"serviceAccountToken": {"path": "token", "audience": "vault", "expirationSeconds": 600}}]
    token = ns.output("p", "cat /v/token", **mounted(projected={"sources": sources}))
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["aud"] == ["vault"]
    assert claims["sub"] == f"system:serviceaccount:{ns.name}:default"
    assert cluster.request("GET", "/api", token=token)[0] == 401, "a token for somebody else is taken by the API server"


def test_the_downward_api(ns: Namespace) -> None:
    items = [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}, {"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]
    assert ns.output("p", "cat /v/labels; echo; cat /v/name", **mounted(downwardAPI={"items": items})).split() == ['app="p"', "p"]


@pytest.mark.parametrize(("medium", "kind"), [("", "disk"), ("Memory", "tmpfs")])
def test_empty_dirs(ns: Namespace, medium: str, kind: str) -> None:
    """Kept over the restart of a container; in memory if the pod says so."""
    script = "echo run >> /v/runs; test $(wc -l < /v/runs) = 2 || exit 1; grep ' /v ' /proc/mounts > /dev/termination-log"
    volume = mounted(emptyDir={"medium": medium})
    volume["pod"]["restartPolicy"] = "OnFailure"
    ns.start("p", script, **volume)
    told = state(ns.finished("p"))["terminated"]["message"]
    assert ("tmpfs" in told) == (kind == "tmpfs"), told


def test_host_paths_are_on_the_node(ns: Namespace) -> None:
    here = {"path": "/srv/data", "type": "DirectoryOrCreate"}
    ns.output("writer", "echo kept > /v/file", **mounted("node-0", hostPath=here))
    assert ns.output("same", "cat /v/file", **mounted("node-0", hostPath=here)) == "kept\n"
    assert ns.output("other", "ls -A /v", **mounted("node-1", hostPath=here)) == ""


def test_a_read_only_volume_and_a_subpath(ns: Namespace) -> None:
    mounts = [
        {"name": "v", "mountPath": "/v"},
        {"name": "v", "mountPath": "/ro", "readOnly": True},
        {"name": "v", "mountPath": "/sub", "subPath": "a/b"},
    ]
    output = ns.output("p", "echo x > /sub/file; cat /v/a/b/file; touch /ro/y 2>&1 || echo refused",
                       pod={"volumes": [{"name": "v", "emptyDir": {}}]}, volumeMounts=mounts)  # fmt: skip
    assert output.startswith("x\n")
    assert output.endswith("Read-only file system\nrefused\n")


def test_a_volume_inside_another(ns: Namespace) -> None:
    volumes: list[Json] = [{"name": name, "emptyDir": {}} for name in ("outer", "inner")]
    mounts = [{"name": "inner", "mountPath": "/v/deep/inner"}, {"name": "outer", "mountPath": "/v"}]
    assert ns.output("p", "touch /v/deep/inner/x; ls /v/deep/inner", pod={"volumes": volumes}, volumeMounts=mounts) == "x\n"


def test_a_link_in_a_volume_leads_nowhere_else(ns: Namespace) -> None:
    """A second container mounts below a link that the first has laid; it stays inside its root."""
    volumes: Json = {"volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "emptyDir": {}}]}
    init = {
        "name": "init",
        "image": "busybox",
        "command": ["sh", "-c", "ln -s ../../../../../../opt /v/link"],
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    }
    mounts = [{"name": "v", "mountPath": "/v"}, {"name": "w", "mountPath": "/v/link/inside"}]
    assert ns.output("p", "ls -A /opt", pod=volumes | {"initContainers": [init]}, volumeMounts=mounts) == "inside\n"


# Claims


def test_data_survives_the_pod_and_goes_with_the_claim(cluster: Cluster, ns: Namespace) -> None:
    claim(ns, "data")
    volume = mounted(persistentVolumeClaim={"claimName": "data"})
    ns.output("writer", "echo kept > /v/file; chmod 700 /v/file; mkdir -m 0 /v/closed", **volume)
    bound = cluster.call("GET", f"{ns.path}/persistentvolumeclaims/data")
    name = bound["spec"]["volumeName"]
    assert bound["spec"]["storageClassName"] == "standard"
    ns.deleted("writer")
    assert ns.output("reader", "cat /v/file", **volume) == "kept\n"
    volumes = list(cluster.directory.glob(f"nodes/*/var/lib/kworkload/volumes/{name}"))
    assert len(volumes) == 1
    ns.deleted("reader")
    removed = cluster.events(f"/api/v1/persistentvolumes?fieldSelector=metadata.name%3D{name}")
    cluster.kubectl("delete", "pvc", "-n", ns.name, "data", "--wait=false")
    assert any(event["type"] == "DELETED" for event in removed)
    assert not volumes[0].exists()


def test_a_claim_waits_for_its_first_pod_and_is_bound_to_its_node(cluster: Cluster, ns: Namespace) -> None:
    claim(ns, "data")
    assert "waiting for first consumer" in ns.event("data", "WaitForFirstConsumer")
    ns.start("p", **mounted("node-1", persistentVolumeClaim={"claimName": "data"}))
    ns.running("p")
    name = cluster.call("GET", f"{ns.path}/persistentvolumeclaims/data")["spec"]["volumeName"]
    affinity = cluster.call("GET", f"/api/v1/persistentvolumes/{name}")["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert affinity == [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-1"]}]}]


def test_the_shared_class_is_one_directory_on_all_nodes(ns: Namespace) -> None:
    claim(ns, "data", mode="ReadWriteMany", storage_class="shared")
    probe = {"exec": {"command": ["sh", "-c", "test $(ls /v | wc -l) = 2"]}, "periodSeconds": 1}
    for node in ("node-0", "node-1"):
        volume = mounted(node, persistentVolumeClaim={"claimName": "data"})
        ns.start(node, "touch /v/$HOSTNAME; trap 'exit 0' TERM; sleep 3600 & wait", readinessProbe=probe, **volume)
    for node in ("node-0", "node-1"):
        ns.is_ready(node)


def test_many_nodes_at_once_are_refused_by_the_class_of_one(ns: Namespace) -> None:
    claim(ns, "data", mode="ReadWriteMany")
    ns.start("p", **mounted(persistentVolumeClaim={"claimName": "data"}))
    assert "access mode ReadWriteMany is not supported: a volume of this class is on one node; use storageClassName: shared" in ns.event(
        "data", "ProvisioningFailed"
    )


def test_a_stateful_set_has_a_claim_for_each_replica(cluster: Cluster, ns: Namespace) -> None:
    container = {
        "name": "c",
        "image": "busybox",
        "command": ["sh", "-c", "echo $HOSTNAME > /v/name; trap 'exit 0' TERM; sleep 3600 & wait"],
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    }
    one = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    spec = {
        "replicas": 2,
        "serviceName": "s",
        "selector": {"matchLabels": {"app": "s"}},
        "template": {"metadata": {"labels": {"app": "s"}}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}},
        "volumeClaimTemplates": [{"metadata": {"name": "v"}, "spec": one}],
    }
    sets = f"/apis/apps/v1/namespaces/{ns.name}/statefulsets"
    cluster.call("POST", sets, {"metadata": {"name": "s"}, "spec": spec})
    cluster.until(sets, lambda one: one["status"].get("readyReplicas") == 2, "two replicas ready")
    assert [ns.sh(name, "cat /v/name").strip() for name in ("s-0", "s-1")] == ["s-0", "s-1"]
