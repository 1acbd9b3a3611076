"""Images of archives by way of the plugin: the option, the ini file, `load_image`."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_kworkload.cluster.cluster import Cluster
from pytest_kworkload.cluster.running import Running
from pytest_kworkload.errors import ClusterError
from pytest_kworkload.workloads.namespace import Namespace

from ..embedded.archives import Image, docker_archive, oci_archive, small

TEST = """
    def test_it(kworkload):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}}
        container = {"name": "main", "image": "app:1", "imagePullPolicy": "Never"}
        kworkload.apply({**pod, "spec": {"containers": [container], "terminationGracePeriodSeconds": 0}}).wait_ready()
"""


def app(name: str) -> Image:
    return Image([small()], {"Cmd": ["sleep", "1000"]}, name)


def test_an_archive_of_the_ini_file(pytester: pytest.Pytester) -> None:
    """Its path starts at the ini file, wherever pytest is called."""
    pytester.makeini("[pytest]\nkworkload_image_archive =\n    build/app.tar\nkworkload_nodes = 1\n")
    (pytester.path / "build").mkdir()
    docker_archive(pytester.path / "build" / "app.tar", app("app:1"))
    below = pytester.mkdir("below")
    pytester.makepyfile(**{"below/test_it": TEST})
    pytester.chdir()
    result = pytester.runpytest_subprocess(below, "--rootdir", pytester.path)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["kworkload: provider embedded*, image archives app.tar; *", "*images loaded: docker.io/library/app:1"])


def test_a_bad_archive_of_the_command_line(pytester: pytest.Pytester) -> None:
    """The first test that needs the cluster says what is wrong with it."""
    pytester.makepyfile(TEST)
    result = pytester.runpytest_subprocess("--kworkload-image-archive=none.tar", "--kworkload-nodes=1")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*image archive */none.tar: no such file or directory", "*why: it cannot be read", "*do:  check the path and its rights"]
    )


def test_load_image(kworkload: Namespace, kworkload_cluster: Cluster, tmp_path: Path) -> None:
    assert kworkload_cluster.load_image(oci_archive(tmp_path / "a.tar", app("mine:1"))) == ["docker.io/library/mine:1"]
    assert kworkload_cluster.load_image(str(tmp_path / "a.tar"), name="example.com/mine") == ["example.com/mine:latest"]

    for number, image in enumerate(("mine:1", "example.com/mine")):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"pod-{number}"}}
        container = {"name": "main", "image": image, "imagePullPolicy": "Never"}
        kworkload.apply({**pod, "spec": {"containers": [container], "terminationGracePeriodSeconds": 0}}).wait_ready()


def test_load_image_of_a_bad_archive(kworkload_cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(ClusterError) as caught:
        kworkload_cluster.load_image(tmp_path / "none.tar")

    assert str(caught.value) == (
        f"image archive {tmp_path}/none.tar: no such file or directory\n  why: it cannot be read\n  do:  check the path and its rights"
    )


def test_a_provider_that_cannot() -> None:
    cluster = Cluster(Running("existing", Path("kubeconfig"), stop=lambda: None), "run")
    with pytest.raises(ClusterError) as caught:
        cluster.load_image("web.tar")

    assert str(caught.value) == (
        "load_image('web.tar') with the provider existing\n"
        "  why: this provider loads no images from archives; its nodes pull theirs from registries\n"
        "  do:  use --kworkload-provider=embedded, or push the image to where the cluster's nodes pull from"
    )
