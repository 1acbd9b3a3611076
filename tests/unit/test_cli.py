"""The command `kworkload`, as a user sees it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_kworkload import cli
from pytest_kworkload.providers.leftovers import Leftover
from pytest_kworkload.providers.owners import home

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
    assert run("down", "mine") == (1, "", "kworkload: no cluster mine\n  why: there: none\n  do:  `kworkload status` lists them\n")


class TestSweep:
    def test_nothing(self, run: Run) -> None:
        assert run("sweep") == (0, "nothing is left\n", "")

    def test_shows_and_asks_and_deletes(self, run: Run, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        (home() / "cluster-12345678").mkdir()
        os.utime(home() / "cluster-12345678", (1, 1))
        shown = re.compile(r"WHAT +AGE +WHY\ndirectory HOME/cluster-X +\d+d +its start was killed\n")
        status, said, _ = run("sweep")
        assert shown.match(said)
        assert status == 1
        assert said.splitlines()[2:] == ["deletes only with --yes, or when it is asked at a terminal", "nothing was deleted"]
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
