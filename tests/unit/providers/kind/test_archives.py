"""An archive of images is loaded into a kind cluster once, however many ask for it. `kind` is a script here."""

from __future__ import annotations

import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_kworkload.errors import ClusterError
from pytest_kworkload.providers.kind import archives

# It notes what it is given, and where; without the file `works` it fails halfway.
KIND = """#!/bin/sh
for archive; do :; done
sleep 0.2
echo "$archive" >> {root}/given
[ -e {root}/works ] || {{ echo "ERROR: one node does not answer" >&2; exit 1; }}
"""


class Cluster:
    """One with a directory of its own."""

    def __init__(self, root: Path) -> None:
        self._root, self.directory = root, root / "kind-1"
        self.directory.mkdir()
        (root / "kind").write_text(KIND.format(root=root))
        (root / "kind").chmod(0o755)
        self.works(True)

    def works(self, yes: bool) -> None:
        (self._root / "works").touch() if yes else (self._root / "works").unlink()

    def archive(self, name: str, *images: str) -> Path:
        content = json.dumps([{"RepoTags": images}]).encode()
        with tarfile.open(self._root / name, "w") as tar:
            member = tarfile.TarInfo("manifest.json")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        return self._root / name

    def give(self, archive: Path, name: str | None = None) -> list[str]:
        return archives.give(self._root / "kind", "kw-1", self.directory, archive, name)

    @property
    def given(self) -> list[str]:
        return [Path(line).name for line in (self._root / "given").read_text().splitlines()]


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def test_the_second_time_it_is_there(cluster: Cluster) -> None:
    web = cluster.archive("web.tar", "web:1")
    assert [cluster.give(web) for _ in range(2)] == [["docker.io/library/web:1"]] * 2
    assert cluster.given == ["web.tar"]


def test_two_that_ask_at_once_are_one_load(cluster: Cluster) -> None:
    web = cluster.archive("web.tar", "web:1")
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(cluster.give, [web] * 3)) == [["docker.io/library/web:1"]] * 3
    assert cluster.given == ["web.tar"]


def test_one_that_has_changed_is_loaded_again(cluster: Cluster) -> None:
    cluster.give(cluster.archive("web.tar", "web:1"))
    assert cluster.give(cluster.archive("web.tar", "web:2")) == ["docker.io/library/web:2"]
    assert cluster.given == ["web.tar"] * 2


def test_one_whose_image_another_has_replaced_is_loaded_again(cluster: Cluster) -> None:
    web, fix, db = cluster.archive("web.tar", "web:1"), cluster.archive("fix.tar", "web:1"), cluster.archive("db.tar", "db:1")
    for one in (web, db, fix, web, db):
        cluster.give(one)
    assert cluster.given == ["web.tar", "db.tar", "fix.tar", "web.tar"]


def test_under_another_name_it_is_another(cluster: Cluster) -> None:
    web = cluster.archive("web.tar", "web:1")
    cluster.give(web)
    assert cluster.give(web, "shop:1") == ["docker.io/library/shop:1"]
    assert len(cluster.given) == 2


def test_after_a_load_that_failed_halfway_nothing_is_known_to_be_there(cluster: Cluster) -> None:
    web, fix = cluster.archive("web.tar", "web:1"), cluster.archive("fix.tar", "web:1")
    cluster.give(web)
    cluster.works(False)
    with pytest.raises(ClusterError, match="one node does not answer"):
        cluster.give(fix)
    cluster.works(True)
    cluster.give(web)
    assert cluster.given == ["web.tar", "fix.tar", "web.tar"]


def test_a_note_that_is_not_whole_is_none(cluster: Cluster) -> None:
    (cluster.directory / archives.NOTE).write_text('{"wh')
    cluster.give(cluster.archive("web.tar", "web:1"))
    assert cluster.given == ["web.tar"]


def test_one_that_is_not_there(cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="No such file or directory"):
        cluster.give(tmp_path / "missing.tar")


def test_a_directory_is_known_by_its_files(cluster: Cluster, tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    layout.mkdir()
    for _ in range(2):
        (layout / "index.json").write_text(json.dumps({"manifests": [{"annotations": {"io.containerd.image.name": "me/web:1"}}]}))
        cluster.give(layout)
        cluster.give(layout)
    assert len(cluster.given) == 2
