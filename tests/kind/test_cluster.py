"""What a cluster of kind's is when the first test gets it, and images of archives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload import Cluster, Namespace, assert_stable_dns

from ..cluster import workloads
from ..embedded.archives import Image, docker_archive, oci_archive, small

pytestmark = pytest.mark.kworkload(nodes=3)


def test_every_node_takes_pods(kworkload_cluster: Cluster) -> None:
    nodes = {one["metadata"]["name"]: one["spec"].get("taints", []) for one in kworkload_cluster.client.list("Node")}
    assert list(nodes.values()) == [[], [], []]
    assert sorted(name.split("-")[-1] for name in nodes) == ["plane", "worker", "worker2"]


def test_its_files_are_this_users_only(kworkload_cluster: Cluster) -> None:
    directory = kworkload_cluster.kubeconfig.parent
    assert directory.stat().st_mode & 0o777 == 0o700
    assert [path for path in directory.iterdir() if path.is_file() and path.stat().st_mode & 0o077] == []


def test_claims_and_names_work_at_once(kworkload: Namespace) -> None:
    db = kworkload.apply(workloads.stateful_set(replicas=2, claims=True)).wait_ready().stateful_set("db")
    assert_stable_dns(db)


def used(image: str) -> dict[str, Any]:
    container = {"name": "main", "image": image, "imagePullPolicy": "Never"}
    pod = {"containers": [container], "terminationGracePeriodSeconds": 0}
    return workloads.daemon_set(pod=pod)


@pytest.mark.parametrize("write", [docker_archive, oci_archive])
@pytest.mark.parametrize("name", [None, "other:2"])
def test_images_of_an_archive(
    kworkload: Namespace, kworkload_cluster: Cluster, tmp_path: Path, write: Callable[[Path, Image], Path], name: str | None
) -> None:
    """Every node has them."""
    own = f"{write.__name__.replace('_', '-')}:1"
    archive = write(tmp_path / "app.tar", Image([small()], {"Cmd": ["sleep", "1000"]}, own))
    assert kworkload_cluster.load_image(archive, name=name) == [f"docker.io/library/{name or own}"]
    kworkload.apply(used(name or own)).wait_ready()
