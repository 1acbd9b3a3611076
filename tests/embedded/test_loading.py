"""Loading images into a cluster: when pods see them, by which names, and what is refused."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .archives import ARCHITECTURE, Image, Layer, docker_archive, layout, oci_archive, small
from .driver import Cluster, Namespace
from .loading import call, load
from .pods import container, run, start, status, terminated, waiting


@pytest.fixture(scope="session")
def shell() -> Layer:
    return small()


def says(shell: Layer, text: str, name: str | None = None) -> Image:
    return Image([shell, Layer().file("text", text)], {"Cmd": ["cat", "/text"]}, name)


def test_a_pull_that_failed_succeeds_after_the_load(ns: Namespace, tmp_path: Path, shell: Layer) -> None:
    start(ns, container(script="", image="example.com/late:1"))
    message = waiting(ns, "ErrImagePull")
    assert 'this cluster pulls no images and has none for "example.com/late:1"' in message
    assert "For others load an archive (kworkload_image_archive = FILE)" in message

    load(ns.cluster, oci_archive(tmp_path / "a.tar", says(shell, "here\n", "example.com/late:1")))
    terminated(ns)
    assert ns.logs("pod") == "here\n"


def test_it_is_there_without_a_pull(ns: Namespace, tmp_path: Path, shell: Layer) -> None:
    load(ns.cluster, oci_archive(tmp_path / "a.tar", says(shell, "here\n", "never:1")))

    assert run(ns, "", "never:1", imagePullPolicy="Never") == "here\n"


def test_the_last_one_loaded_has_the_name(ns: Namespace, tmp_path: Path, shell: Layer) -> None:
    for number in ("1", "2"):
        load(ns.cluster, oci_archive(tmp_path / f"{number}.tar", says(shell, f"build {number}\n", "app:dev")))
        assert run(ns, "", "app:dev", name=f"pod-{number}", imagePullPolicy="IfNotPresent") == f"build {number}\n"


def test_it_goes_before_this_machines_tools(ns: Namespace, tmp_path: Path, shell: Layer) -> None:
    load(ns.cluster, oci_archive(tmp_path / "a.tar", says(shell, "not the tools\n", "busybox:mine")))

    assert run(ns, "", "docker.io/library/busybox:mine") == "not the tools\n"
    assert run(ns, "cat /text 2>/dev/null || echo tools", "busybox:other", name="other") == "tools\n"


def test_a_given_name_and_a_digest(ns: Namespace, tmp_path: Path, shell: Layer) -> None:
    archive = layout(tmp_path / "layout", says(shell, "named\n"))
    assert load(ns.cluster, archive, name="team/app") == ["docker.io/team/app:latest"]

    assert run(ns, "", "team/app", imagePullPolicy="IfNotPresent") == "named\n"
    digest = status(ns, "main", bool, "to be there")["imageID"].partition("@")[2]
    assert run(ns, "", f"team/app@{digest}", name="by-digest") == "named\n"


def test_several_images_and_platforms(ns: Namespace, tmp_path: Path, shell: Layer) -> None:
    several = docker_archive(tmp_path / "several.tar.gz", says(shell, "one\n", "one:1"), says(shell, "two\n", "two:1"))
    foreign = Image([shell], {}, "many:1", architecture="s390x")
    index = oci_archive(tmp_path / "index.tar", foreign, says(shell, "mine\n", "many:1"), index=True)
    names = load(ns.cluster, several, index)

    assert names == ["docker.io/library/one:1", "docker.io/library/two:1", "docker.io/library/many:1"]
    assert [run(ns, "", f"{name}:1", name=name) for name in ("one", "two", "many")] == ["one\n", "two\n", "mine\n"]


def escaping(name: str = "x", **described: Any) -> Callable[[Path], Path]:
    return lambda path: oci_archive(path / "a.tar", Image([Layer().member(name, **described)], name="bad:1"))


def cut(path: Path) -> Path:
    archive = oci_archive(path / "a.tar", Image([Layer().file("x", "x")], name="bad:1"))
    archive.write_bytes(archive.read_bytes()[:-12000])
    return archive


def changed(path: Path) -> Path:
    archive = layout(path / "layout", Image([Layer().file("x", "x")], name="bad:1"))
    for blob in (archive / "blobs" / "sha256").iterdir():
        if blob.read_bytes()[:2] == b"\x1f\x8b":
            blob.write_bytes(gzip.compress(Layer().file("x", "y").content))
    return archive


def text(path: Path) -> Path:
    (path / "a.tar").write_text("this is no archive\n" * 100, encoding="utf-8")
    return path / "a.tar"


BAD = {
    "no-file": (lambda path: path / "none.tar", ["image archive ", "none.tar: no such file or directory", "it cannot be read"]),
    "no-archive": (text, ["a.tar is not an image archive", "it is not a tar file, with or without gzip"]),
    "truncated": (cut, ["a.tar is a damaged image archive", "it ends too early: it was not written or copied to its end"]),
    "changed": (changed, ["layout is a damaged image archive: layer 1 of 1: its content is sha256:", "its parts do not fit together"]),
    "no-name": (lambda path: oci_archive(path / "a.tar", Image([Layer()])), ["a.tar holds an image without a name", "--name NAME:TAG"]),
    "only-a-tag": (lambda path: oci_archive(path / "a.tar", Image([Layer()], name="latest")), ["a.tar holds an image without a name"]),
    "other-platform": (
        lambda path: docker_archive(path / "a.tar", Image([Layer()], name="bad:1", architecture="s390x")),
        ["a.tar: bad:1 is for linux/s390x", f"this machine is linux/{ARCHITECTURE} and emulates no other"],
    ),
    "path": (
        escaping("../../escaped"),
        ['a.tar is a damaged image archive: layer 1 of 1: "../../escaped"', "the path leads out of the image"],
    ),
    "hard-link": (escaping(type=b"1", linkname="../../../etc/passwd"), ['"x": the path leads out of the image']),
    "whiteout": (escaping("a/.wh..."), ['"a/.wh...": it hides nothing that could be hidden']),
}


@pytest.mark.parametrize(("make", "said"), BAD.values(), ids=BAD.keys())
def test_a_bad_archive_is_one_message(
    cluster: Cluster, ns: Namespace, tmp_path: Path, make: Callable[[Path], Path], said: list[str]
) -> None:
    """It is refused by the running cluster, where nothing gets a name; and a cluster is not started with it."""
    directory = cluster.directory
    good = oci_archive(tmp_path / "good.tar", Image([Layer().file("x", "good")], name="beside-a-bad-one:1"))
    bad = make(tmp_path)
    done = call("load", "--dir", directory, good, bad)
    begun = call("up", "--dir", tmp_path / "cluster", "--image-archive", bad)

    for result in (done, begun):
        assert result.returncode == 1
        assert result.stdout == ""
        for part in said:
            assert part in result.stderr
        assert [line.partition(":")[0].strip() for line in result.stderr.splitlines()[1:]] == ["why", "do"]
    assert done.stderr.removeprefix("kworkload-cluster load: ") == begun.stderr.removeprefix("kworkload-cluster up: ")
    assert not (tmp_path / "cluster").exists()
    assert not list(tmp_path.parent.rglob("escaped"))
    assert "beside-a-bad-one" not in "".join(one.read_text("utf-8") for one in (directory / "images").glob("*.json"))


def test_only_a_running_cluster_takes_images(tmp_path: Path, shell: Layer) -> None:
    archive = oci_archive(tmp_path / "a.tar", says(shell, "", "a:1"))
    done = call("load", "--dir", tmp_path, archive)

    assert done.returncode == 1
    assert done.stderr.startswith(f"kworkload-cluster load: --dir {tmp_path}")
    assert "\n  why: no cluster runs there\n  do:  name the directory that `kworkload-cluster up --dir` was given\n" in done.stderr


def test_a_big_file_does_not_fill_the_memory(ns: Namespace, tmp_path: Path, shell: Layer) -> None:
    """What is written over an image is kept where the cluster's directory is."""
    load(ns.cluster, oci_archive(tmp_path / "a.tar", Image([shell, Layer().programs("stat")], name="disk:1")))
    mine = run(ns, "touch /f; stat -f -c %T /f; cat /proc/self/mounts", "disk:1").splitlines()
    terminated(ns)

    overlay = next(line for line in mine if line.startswith("overlay / "))
    assert "upperdir=/var/lib/kworkload/runtime/containers/" in overlay
