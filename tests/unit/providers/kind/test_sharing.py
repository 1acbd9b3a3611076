"""One kind cluster for many: joined, kept, ended by name, and found when it is left. `docker` and `kind` are scripts here."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.cluster.owners import home, keep, owned
from pytest_kworkload.cluster.running import Running, Wish
from pytest_kworkload.errors import ClusterError, SettingsError
from pytest_kworkload.providers import sharing
from pytest_kworkload.providers.kind import guardian, provider
from pytest_kworkload.providers.kind.names import cluster_name, containers
from pytest_kworkload.providers.kind.provider import Kind
from pytest_kworkload.providers.leftovers import Leftover, Untouched
from pytest_kworkload.settings import Settings

# A cluster is a file of its name, as old as that.
KIND = """#!/bin/sh
for argument; do
  case $argument in --name=*) name=${{argument#*=}};; --kubeconfig=*) file=${{argument#*=}};; esac
  case $before in --name) name=$argument;; --kubeconfig) file=$argument;; esac
  before=$argument
done
case $1 in
  create)
    touch {clusters}/$name
    echo '{{"clusters": [{{"name": "a", "cluster": {{"server": "http://127.0.0.1:1"}}}}], "users": [{{"name": "a", "user": {{}}}}],
      "contexts": [{{"name": "a", "context": {{"cluster": "a", "user": "a"}}}}], "current-context": "a"}}' > $file;;
  delete) rm {clusters}/$name;;
  load) echo "$*" >> {clusters}/../loads;;
  export) echo started > $3/kubelet.log;;
esac
"""
DOCKER = """#!/bin/sh
case "$*" in
  version*) echo 28.2.2;;
  "image inspect"*) ;;
  "image ls"*) echo "kindest/node v1.34.4 0a1b2c3d4e5f";;
  *--quiet*) for last; do :; done; cd {clusters}; ls | grep -x "${{last#*=*=}}";;
  ps*) cd {clusters}; for name in *; do [ ! -e $name ] || date -u -r $name "+$name\t%Y-%m-%d %H:%M:%S +0000 UTC"; done;;
  rm*) cd {clusters}; shift 3; rm $*;;
esac
"""
SECONDS = 60


class Machine:
    """A machine with Docker and kind; `clusters` are those that have containers."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._clusters, self.bin = root / "clusters", root / "bin"
        self._clusters.mkdir()
        self.bin.mkdir()
        for name, script in (("kind", KIND), ("docker", DOCKER)):
            (self.bin / name).write_text(script.format(clusters=self._clusters))
            (self.bin / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{self.bin}:{os.environ['PATH']}")
        monkeypatch.setattr("tempfile.tempdir", str(root))
        monkeypatch.setattr(provider, "_settle", lambda kubeconfig, nodes: None)  # there is no API server

    def make(self, cluster: str, *, hours: float) -> None:
        made = time.time() - 3600 * hours
        (self._clusters / cluster).touch()
        os.utime(self._clusters / cluster, (made, made))

    @property
    def clusters(self) -> list[str]:
        return sorted(path.name for path in self._clusters.iterdir())

    @property
    def left(self) -> list[str]:
        return self.clusters + sorted(path.name for path in home().iterdir())


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def obtain(run: str = "ab12-gw0", wish: Wish = Wish(1), **settings: Any) -> Running:  # noqa: B008 - it does not change
    return sharing.obtain(Kind(), wish, Settings(**settings), run=run, workers=True)


def found(**settings: Any) -> list[Leftover]:
    """What a sweep would delete."""
    return [one for one in Kind().leftovers(Settings(**settings)) if isinstance(one, Leftover)]


def killed(running: Running) -> None:
    """Its guardian is, and so nobody deletes its containers."""
    assert running.record is not None
    process = os.pidfd_open(running.record["pid"])
    signal.pidfd_send_signal(process, signal.SIGKILL)
    assert select.select([process], [], [], SECONDS)[0]
    os.close(process)


def test_the_last_one_out_ends_it(machine: Machine) -> None:
    one, two = obtain("ab12-gw0"), obtain("ab12-gw1")
    assert one.directory == two.directory
    assert two.kubeconfig == one.kubeconfig
    assert len(machine.clusters) == 1
    one.stop()
    assert one.directory is not None
    assert owned(one.directory)
    assert two.trouble() is None
    two.stop()
    assert machine.left == []


@pytest.mark.parametrize(
    ("run", "settings", "name"),
    [
        ("ab12-gw1", {}, "ab12"),
        ("ab12-gw1", {"cluster_per": "worker"}, "ab12-gw1"),
        ("ab12", {"reuse": "a-name-that-is-rather-long"}, "a-name-that-is-rathe"),
    ],
)
def test_its_name_says_whose_it_is(machine: Machine, run: str, settings: dict[str, Any], name: str) -> None:
    running = obtain(run, **settings)
    (cluster,) = machine.clusters
    assert cluster.startswith(f"kw-{os.getuid()}-{name}-")
    assert len(cluster) == len(f"kw-{os.getuid()}-{name}-") + 8
    assert len(containers(cluster, 9)[-1]) <= 63, "a host's name"
    running.stop()
    for entry in sharing.entries():
        sharing.end(Kind(), entry)
    assert machine.left == []


def test_one_with_a_name_stays_and_is_found(machine: Machine) -> None:
    one = obtain(reuse="mine")
    one.stop()
    two = obtain("cd34", reuse="mine")
    assert (two.directory, two.seconds) == (one.directory, 0.0)
    (entry,) = sharing.entries()
    with pytest.raises(ClusterError, match="the cluster mine is in use"):
        sharing.end(Kind(), entry)
    two.stop()
    (left,) = found()
    assert (left.what, left.why) == ("kind cluster mine", "it was kept, and nobody uses it")
    sharing.end(Kind(), entry)
    assert not Kind().runs(entry.record)
    assert machine.left == []


def test_one_that_is_used_is_no_leftover(machine: Machine) -> None:
    running = obtain()
    assert running.directory is not None
    os.utime(running.directory, (1, 1))
    assert Kind().leftovers(Settings()) == []
    running.stop()


def test_one_whose_guardian_was_killed(machine: Machine) -> None:
    running = obtain(reuse="mine")
    assert running.directory is not None
    killed(running)
    trouble = running.trouble()
    assert trouble is not None
    assert trouble.startswith("the process that guards it has ended: ")
    running.stop()
    os.utime(running.directory, (1, 1))
    (left,) = found()
    assert (left.what, left.why) == (f"kind cluster {machine.clusters[0]} of {running.directory}", "its guardian was killed")
    left.delete()
    assert machine.left == []


def test_one_whose_guardian_was_killed_is_ended_by_its_name(machine: Machine) -> None:
    running = obtain(reuse="mine")
    killed(running)
    running.stop()
    sharing.end(Kind(), *sharing.entries())
    assert machine.left == []


def test_a_dead_one_ends_before_another_gets_its_name(machine: Machine) -> None:
    dead = obtain(reuse="mine")
    killed(dead)
    dead.stop()
    running = obtain("cd34", reuse="mine")
    (entry,) = sharing.entries()
    assert entry.directory == running.directory != dead.directory
    assert machine.clusters == [entry.record["name"]]
    running.stop()
    sharing.end(Kind(), entry)
    assert machine.left == []


def test_a_dead_one_that_a_run_still_holds_is_left_to_it(machine: Machine) -> None:
    dead = obtain(reuse="mine")
    killed(dead)
    running = obtain("cd34", reuse="mine")
    assert running.directory != dead.directory
    dead.stop()
    running.stop()
    for entry in sharing.entries():
        sharing.end(Kind(), entry)
    assert machine.left == []


@pytest.mark.parametrize("first", [None, "kindest/node:v1.34.4"])
def test_another_node_image_is_another_cluster(machine: Machine, first: str | None) -> None:
    one = obtain(reuse="mine", kind_image=first)
    with pytest.raises(SettingsError) as caught:
        obtain("cd34", reuse="mine", kind_image="kindest/node:v1.31.0")
    assert str(caught.value) == (
        "the cluster mine runs already and has nodes of kindest/node:v1.34.4\n"
        "  why: these tests ask for nodes of kindest/node:v1.31.0, and that cannot be changed while it runs\n"
        "  do:  end it (`kworkload down mine`) so that the next run starts it anew, or give --kworkload-reuse another name"
    )
    for same in (None, "kindest/node:v1.34.4"):
        two = obtain("cd34", reuse="mine", kind_image=same)
        assert two.directory == one.directory
        two.stop()
    one.stop()
    sharing.end(Kind(), *sharing.entries())


def unusable(kubeconfig: Path, nodes: int) -> None:
    raise ClusterError("kind made a cluster that does not become usable", "node a: Ready is False", "start the tests again")


def test_one_that_does_not_become_usable_leaves_its_logs(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "_settle", unusable)
    with pytest.raises(ClusterError) as caught:
        obtain(logs=tmp_path / "logs")
    (directory,) = (tmp_path / "logs").iterdir()
    assert str(caught.value) == (
        "kind made a cluster that does not become usable\n"
        f"  why: node a: Ready is False\n       logs of the cluster: {directory}\n"
        "  do:  start the tests again"
    )
    assert (directory / "kubelet.log").read_text() == "started\n"
    assert machine.left == []


def test_one_that_does_not_become_usable_leaves_nothing_that_was_not_asked_for(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "_settle", unusable)
    with pytest.raises(ClusterError, match="node a: Ready is False"):
        obtain()
    assert machine.left == []


def test_who_joins_loads_no_archive_again(machine: Machine, tmp_path: Path) -> None:
    archive, content = tmp_path / "web.tar", json.dumps([{"RepoTags": ["web:1"]}]).encode()
    with tarfile.open(archive, "w") as tar:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    running = [obtain(run, reuse="mine", image_archives=(archive,)) for run in ("ab12", "cd34-gw0", "cd34-gw1")]
    (entry,) = sharing.entries()
    assert (tmp_path / "loads").read_text() == f"load image-archive --name {entry.record['name']} {archive}\n"
    for one in running:
        one.stop()
    sharing.end(Kind(), entry)


def test_containers_whose_directory_is_gone(machine: Machine) -> None:
    machine.make("somebody-elses", hours=25)
    ours = cluster_name("kind-ab12-x")
    machine.make(ours, hours=25)
    (left,) = found()
    assert (left.what, left.why) == (f"kind cluster {ours}", "it was made 25 hours ago, and has no directory and no guardian here")
    assert left.since == pytest.approx(time.time() - 25 * 3600, abs=SECONDS)
    left.delete()
    assert machine.clusters == ["somebody-elses"]


def test_one_that_runs_where_neither_files_nor_processes_are_seen_is_told_and_stays(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = obtain()
    (tmp_path / "other").mkdir()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("tempfile.tempdir", str(tmp_path / "other"))
        elsewhere.setattr(guardian, "guarded", set)
        assert Kind().leftovers(Settings()) == [
            Untouched(
                f"kind cluster {machine.clusters[0]}",
                "it was made 0 hours ago, and has no directory and no guardian here; they may be on another machine or in "
                "another container (--older-than)",
            )
        ]
        assert len(found(older_than=0)) == 1
    running.stop()


def test_one_of_another_place_for_temporary_files_is_no_leftover(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = obtain()
    (tmp_path / "other").mkdir()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("tempfile.tempdir", str(tmp_path / "other"))
        assert Kind().leftovers(Settings()) == [], "its guardian runs"
    running.stop()
    assert machine.left == []


def test_without_docker_there_are_only_directories(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    running = obtain(reuse="mine")
    assert running.directory is not None
    killed(running)
    running.stop()
    (home() / "kind-empty").mkdir()
    for path in home().iterdir():
        os.utime(path, (1, 1))
    (machine.bin / "docker").write_text("#!/bin/sh\necho no daemon >&2\nexit 1\n")
    empty, dead = found()
    assert (empty.what, empty.why) == (f"directory {home() / 'kind-empty'}", "its start was killed")
    empty.delete()
    with pytest.raises(ClusterError, match="Docker's daemon does not answer"):
        dead.delete()
    assert running.directory.exists(), "it names the cluster that is still there"
    (machine.bin / "docker").write_text(DOCKER.format(clusters=machine._clusters))
    dead.delete()
    assert machine.left == []


def test_what_a_run_keeps(machine: Machine) -> None:
    running = obtain()
    assert running.directory is not None
    keep(running.directory)
    running.stop()
    assert len(machine.clusters) == 1
    sharing.end(Kind(), *sharing.entries())
    assert machine.left == []
