"""The command `kworkload`, as a user sees it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_kworkload import cli
from pytest_kworkload.cluster.owners import home, keep
from pytest_kworkload.cluster.running import Running, Wish
from pytest_kworkload.errors import ClusterError
from pytest_kworkload.providers.leftovers import Leftover
from pytest_kworkload.providers.provider import Provider
from pytest_kworkload.providers.sharing import RECORD
from pytest_kworkload.settings import Settings

from .providers import sharers
from .providers.sharers import Place

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with sharers.place(tmp_path, monkeypatch) as there:
        yield there


@pytest.fixture
def run(place: Place, capsys: pytest.CaptureFixture[str]) -> Run:
    """Its status, what it says, and what it says about errors; the directory of this test is called HOME there."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = cli.main(arguments)
        said = capsys.readouterr()
        out, err = (re.sub(r"cluster-\w{8}", "cluster-X", text.replace(str(place.home), "HOME")) for text in said)
        return status, out, err

    return run


def test_a_clusters_life(run: Run, place: Place) -> None:
    assert run("up", "--name", "mine", "--nodes", "2") == (
        0,
        "export KUBECONFIG=HOME/cluster-X/kubeconfig\n# pytest --kworkload-reuse=mine\n# kworkload down mine\n",
        "",
    )
    assert run("up", "--name", "mine", "--nodes", "2")[0] == 0, "it is found again"
    assert place.starts == 1
    _, said, _ = run("status")
    header, row = said.splitlines()
    assert header.split() == ["NAME", "PROVIDER", "NODES", "AGE", "STATE", "KUBECONFIG"]
    assert re.fullmatch(r"mine +embedded +2 +\d+s +kept +HOME/cluster-X/kubeconfig", row)
    assert run("down", "mine") == (0, "ended: mine\n", "")
    assert run("status")[1].split() == header.split()
    assert place.left == []


def test_what_is_asked_for_cannot_be_had(run: Run) -> None:
    run("up")
    status, said, errors = run("up", "--nodes", "5")
    assert (status, said) == (1, "")
    assert errors.startswith("kworkload: the cluster default runs already and has 3 nodes\n  why: these tests ask for 5 nodes")
    assert run("down", "default")[0] == 0


def test_one_that_is_in_use(run: Run, place: Place) -> None:
    sharer = place.sharer()
    directory = sharer.directory
    assert re.search(r"^cluster-X +embedded +1 +\d+s +in use ", run("status")[1], re.MULTILINE)
    status, said, errors = run("down", directory.name)
    assert (status, said) == (1, "")
    assert errors.startswith("kworkload: the cluster cluster-X is in use\n  why: ")
    sharer.leave()


def test_one_that_is_not_there(run: Run) -> None:
    assert run("down", "mine") == (1, "", "kworkload: no cluster mine\n  why: there are none\n  do:  `kworkload status` lists them\n")


@pytest.mark.parametrize("name", ["", "Foo Bar", "MINE", "-a"])
def test_a_name_that_pytest_would_not_take_is_given_to_no_cluster(run: Run, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("up", f"--name={name}")
    told = "write up to 40 lower-case letters, digits and hyphens, with no hyphen at either end"
    assert capsys.readouterr().err.endswith(f"argument --name: {name!r}: {told}\n")
    assert len(run("status")[1].splitlines()) == 1


def test_an_empty_name_is_nobodys(run: Run, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    sharer = place.sharer()
    directory = sharer.directory
    keep(directory)
    sharer.leave()
    with pytest.raises(SystemExit):
        run("down", "")
    assert capsys.readouterr().err.endswith("argument NAME: it is empty; `kworkload status` lists the names\n")
    assert run("down", directory.name) == (0, "ended: cluster-X\n", "")


@pytest.fixture
def theirs(place: Place) -> Path:
    """The directory of a cluster that somebody else's provider keeps."""
    directory = home() / "their-1"
    directory.mkdir()
    entry = {"provider": "mine", "run": "ab12", "name": "theirs", "wish": {"nodes": 1}, "images": {}, "since": 1.0, "kubeconfig": "c"}
    (directory / RECORD).write_text(json.dumps({**entry, "record": {}}))
    return directory


def test_one_of_somebody_elses_provider_cannot_be_ended(run: Run, theirs: Path) -> None:
    assert run("down", "theirs") == (
        1,
        "",
        "kworkload: the cluster theirs is one of the provider mine\n"
        "  why: this command loads neither plugins nor conftest.py, so it knows only embedded, existing, kind\n"
        "  do:  end it with that provider's own tools, and remove HOME/their-1\n",
    )


def test_whether_one_of_somebody_elses_provider_runs_is_unknown(run: Run, theirs: Path) -> None:
    keep(theirs)
    assert re.search(r"^theirs +mine +1 +\d+d +unknown +c$", run("status")[1], re.MULTILINE)


def test_up_takes_what_kind_needs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def named(provider: Provider, wish: Wish, settings: Settings, name: str) -> Running:
        asked.append((provider.name, settings.kind_image, settings.kind_bin))
        raise ClusterError("enough")

    monkeypatch.setattr(cli, "named", named)
    run("up", "--provider=kind", "--kind-image=kindest/node:v1.34.4", "--kind-bin=/bin/kind")
    assert asked == [("kind", "kindest/node:v1.34.4", Path("/bin/kind"))]


class TestSweep:
    def test_a_file_without_a_context(self, run: Run) -> None:
        assert run("sweep", "--kubeconfig=config") == (
            1,
            "",
            "kworkload: --kubeconfig=config without a context\n"
            "  why: the file's current context is never used: it may be any cluster's\n"
            "  do:  name one: --context=NAME\n",
        )

    def test_nothing(self, run: Run) -> None:
        assert run("sweep") == (0, "nothing is left\n", "")

    def test_shows_and_asks_and_deletes(self, run: Run, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        (home() / "cluster-12345678").mkdir()
        os.utime(home() / "cluster-12345678", (1, 1))
        shown = re.compile(r"WHAT +AGE +WHY\ndirectory HOME/cluster-X +\d+d +its start was killed\n")
        status, said, _ = run("sweep")
        assert shown.match(said)
        assert status == 1
        assert said.splitlines()[2:] == ["it deletes only with --yes, or if you say so at a terminal", "nothing was deleted"]
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        for answer, deleted in (("", False), ("n", False), ("y", True)):
            monkeypatch.setattr("builtins.input", lambda question, answer=answer: answer)
            status, said, _ = run("sweep")
            assert (status, said.splitlines()[-1]) == ((0, "deleted: directory HOME/cluster-X") if deleted else (1, "nothing was deleted"))
        assert place.left == []

    def test_what_cannot_be_deleted_is_told_and_the_rest_goes(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        gone = []

        def refuse() -> None:
            raise PermissionError(1, "no right")

        monkeypatch.setattr(
            cli, "leftovers", lambda: [Leftover("one", 0, "why", refuse), Leftover("two", 0, "why", lambda: gone.append(1))]
        )
        status, said, errors = run("sweep", "--yes")
        assert (status, said.splitlines()[-1], errors) == (1, "deleted: two", "kworkload: one was not deleted: [Errno 1] no right\n")
        assert gone == [1]
