"""One cluster for many processes: who starts it, who joins, and who ends it."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.cluster.owners import home, kept, owned
from pytest_kworkload.cluster.running import Running, Wish
from pytest_kworkload.errors import ClusterError, SettingsError
from pytest_kworkload.providers import sharing
from pytest_kworkload.providers.embedded.provider import Embedded
from pytest_kworkload.providers.leftovers import Leftover
from pytest_kworkload.settings import Settings

from . import sharers
from .sharers import Place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with sharers.place(tmp_path, monkeypatch) as there:
        yield there


def await_end(pid: int) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    assert select.select([descriptor], [], [], 20)[0], f"{pid} does not end"
    os.close(descriptor)


def record(directory: Path) -> Any:
    return json.loads((directory / sharing.RECORD).read_text())["record"]


class TestOfOneRun:
    def test_the_last_one_out_ends_it(self, place: Place) -> None:
        one, two = place.sharer(), place.sharer()
        directory = one.directory
        assert two.directory == directory
        one.leave()
        assert owned(directory)
        two.leave()
        assert (place.starts, place.left) == (1, [])

    def test_who_started_it_may_leave_first(self, place: Place) -> None:
        one = place.sharer()
        directory = one.directory
        two = place.sharer()
        assert two.directory == directory
        one.leave()
        three = place.sharer()
        assert three.directory == directory, "it can still be joined"
        two.leave()
        three.leave()
        assert (place.starts, place.left) == (1, [])

    def test_a_start_that_is_killed_is_made_anew_by_the_next(self, place: Place) -> None:
        place.hang()
        one = place.sharer()
        place.await_begin()
        two = place.sharer()
        one.kill()
        place.await_begin()
        place.go_on()
        directory = two.directory
        assert place.starts == 2
        two.leave()
        assert not directory.exists()

    def test_whoever_is_killed_lets_go(self, place: Place) -> None:
        one, two = place.sharer(), place.sharer()
        directory = one.directory
        assert two.directory == directory
        one.kill()
        assert owned(directory)
        pid = record(directory)["pid"]
        two.kill()
        await_end(pid)
        assert place.left == []

    @pytest.mark.parametrize("other", [{"run": "cd34"}, {"nodes": 2}, {"how": "worker"}, {"name": "mine"}], ids=str)
    def test_others_have_their_own(self, place: Place, other: dict[str, Any]) -> None:
        one = place.sharer()
        directory = one.directory
        two = place.sharer(**other)
        assert two.directory != directory
        one.leave()
        two.leave()
        assert place.starts == 2
        if other.get("name"):
            sharing.end(Embedded(), sharing.entries()[0])

    def test_one_that_died_is_started_anew(self, place: Place) -> None:
        one = place.sharer()
        directory = one.directory
        pid = record(directory)["pid"]
        os.kill(pid, signal.SIGKILL)
        await_end(pid)
        two = place.sharer()
        assert two.directory != directory
        two.leave()
        one.leave()

    def test_a_test_of_its_own_shares_nothing(self, place: Place) -> None:
        shared = place.sharer()
        running = sharing.obtain(Embedded(), Wish(1, needs=("nodes:stop",), alone=1), Settings(), run="ab12", workers=True)
        assert running.directory != shared.directory
        running.stop()
        shared.leave()

    def test_a_provider_that_cannot_share(self) -> None:
        class Simple:
            name = "simple"
            capabilities = frozenset[str]()

            def start(self, wish: Wish, settings: Settings) -> Running:
                return Running("simple", Path("kubeconfig"), stop=lambda: None)

        running = [sharing.obtain(Simple(), Wish(1), Settings(), run="ab12", workers=True) for _ in range(2)]
        assert running[0] is not running[1]
        with pytest.raises(SettingsError) as error:
            sharing.obtain(Simple(), Wish(1), Settings(reuse="mine"), run="ab12", workers=False)
        assert str(error.value) == (
            "--kworkload-reuse=mine with the provider simple\n"
            "  why: its clusters cannot be joined by name\n"
            "  do:  leave --kworkload-reuse out, or use --kworkload-provider=embedded"
        )

    def test_what_a_joiner_knows(self, place: Place) -> None:
        one = place.sharer()
        directory = one.directory
        running = sharing.obtain(Embedded(), Wish(1), Settings(), run="ab12", workers=True)
        assert (running.directory, running.kubeconfig, running.seconds) == (directory, directory / "kubeconfig", 0.001)
        assert running.trouble() is None
        pid = record(directory)["pid"]
        os.kill(pid, signal.SIGKILL)
        await_end(pid)
        assert running.trouble() == "its program ended without a message"
        running.stop()
        one.kill()

    def test_nobody_else_may_read_the_record(self, place: Place) -> None:
        one = place.sharer()
        directory = one.directory
        assert (directory / sharing.RECORD).stat().st_mode & 0o777 == 0o600
        assert sorted(path.name for path in directory.iterdir()) == ["alive.lock", "owners.lock", "record.json"]
        one.leave()


class TestByName:
    def named(self, wish: Wish = Wish(1), **settings: Any) -> Running:  # noqa: B008 - it does not change
        return sharing.obtain(Embedded(), wish, Settings(reuse="mine", **settings), run="ab12", workers=False)

    def test_it_stays_and_is_found(self, place: Place) -> None:
        one = place.sharer(name="mine")
        directory = one.directory
        assert kept(directory)
        one.leave()
        assert directory.exists()
        running = self.named()
        assert (running.directory, place.starts) == (directory, 1)
        (entry,) = sharing.entries()
        with pytest.raises(ClusterError) as error:
            sharing.end(Embedded(), entry)
        assert str(error.value) == (
            "the cluster mine is in use\n"
            "  why: a run that uses it would lose it in the middle of a test\n"
            "  do:  wait for that run to end, or end it"
        )
        running.stop()
        sharing.end(Embedded(), entry)
        assert place.left == []

    def test_two_that_need_it_at_once_start_one(self, place: Place) -> None:
        one, two = place.sharer(name="mine"), place.sharer(name="mine", run="cd34")
        assert one.directory == two.directory
        one.leave()
        two.leave()
        assert place.starts == 1
        sharing.end(Embedded(), sharing.entries()[0])

    def test_one_that_died_is_replaced(self, place: Place) -> None:
        one = place.sharer(name="mine")
        directory = one.directory
        one.leave()
        pid = record(directory)["pid"]
        os.killpg(pid, signal.SIGKILL)
        await_end(pid)
        running = self.named()
        assert running.directory != directory
        running.stop()
        for entry in sharing.entries():
            sharing.end(Embedded(), entry)
        assert place.left == []

    @pytest.mark.parametrize(
        ("wish", "settings", "what", "asked"),
        [
            (Wish(3), {}, "has 1 node", "3 nodes"),
            (Wish(1), {"images": (("nginx", "stand-in"),)}, "maps other images", "nginx=stand-in"),
        ],
    )
    def test_one_that_is_not_what_is_asked_for(self, place: Place, wish: Wish, settings: Any, what: str, asked: str) -> None:
        one = place.sharer(name="mine")
        assert one.directory.exists()
        with pytest.raises(SettingsError) as error:
            self.named(wish, **settings)
        assert str(error.value) == (
            f"the cluster mine runs already and {what}\n"
            f"  why: these tests ask for {asked}, and that cannot be changed while it runs\n"
            "  do:  end it (`kworkload down mine`) so that the next run starts it anew, or give --kworkload-reuse another name"
        )
        one.leave()
        sharing.end(Embedded(), sharing.entries()[0])


class TestLeftovers:
    def found(self) -> list[Leftover]:
        return Embedded().leftovers(Settings()) + sharing.leftovers()

    def make(self, name: str, *files: str) -> Path:
        directory = home() / name
        directory.mkdir()
        for file in files:
            (directory / file).touch()
        os.utime(directory, (1, 1))
        return directory

    def test_of_runs_that_were_killed(self, place: Place) -> None:
        self.make("cluster-empty")
        self.make("cluster-locked", "owners.lock")
        self.make("cluster-dead", "owners.lock", "alive.lock", "cluster.json", "record.json")
        closed = self.make("cluster-closed", "cluster.json")
        (closed / "volume").mkdir(mode=0)
        os.utime(closed, (1, 1))
        (home() / "starting-12").touch()
        self.make("of-somebody-else")
        found = self.found()
        assert [(one.what.rpartition("/")[2], one.why) for one in found] == [
            ("cluster-closed", "its program was killed"),
            ("cluster-dead", "its program was killed"),
            ("cluster-empty", "its start was killed"),
            ("cluster-locked", "its start was killed"),
            ("starting-12", "a start of a shared cluster was killed"),
        ]
        for one in found:
            one.delete()
        assert place.left == ["of-somebody-else"]

    def test_what_is_used_or_about_to_be_is_none(self, place: Place) -> None:
        (home() / "cluster-new").mkdir()
        one = place.sharer()
        os.utime(one.directory, (1, 1))
        place.hang()
        two = place.sharer(run="cd34")
        place.await_begin()
        for path in home().iterdir():
            os.utime(path, (1, 1))
        (home() / "cluster-new").touch()
        assert self.found() == []
        place.go_on()
        assert two.directory.exists()
        two.leave()
        one.leave()

    def test_the_lock_of_a_start_that_ends_meanwhile_is_none(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        lock = home() / "starting-12"
        lock.touch()
        listed = list(home().glob("starting-*"))
        lock.unlink()
        monkeypatch.setattr(Path, "glob", lambda path, pattern: listed)
        assert sharing.leftovers() == []

    def test_the_lock_of_a_start_that_has_begun_meanwhile_stays(self, place: Place) -> None:
        lock = home() / "starting-12"
        lock.touch()
        (left,) = sharing.leftovers()
        descriptor = os.open(lock, os.O_RDWR)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert left.delete() == "another start uses it now, and will remove it"
        assert lock.exists()
        os.close(descriptor)
        assert left.delete() is None
        assert left.delete() is None, "it has gone"
        assert place.left == []

    def test_the_lock_of_the_next_start_stays(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        lock = home() / "starting-12"
        lock.touch()
        (left,) = sharing.leftovers()
        flock = fcntl.flock

        def after_another(descriptor: int, how: int) -> None:
            lock.unlink()
            lock.touch()
            flock(descriptor, how)

        monkeypatch.setattr(fcntl, "flock", after_another)
        left.delete()
        assert lock.exists()

    def test_a_kept_cluster_that_nobody_uses(self, place: Place) -> None:
        one = place.sharer(name="mine")
        assert one.directory.exists()
        assert self.found() == []
        one.leave()
        (left,) = self.found()
        assert (left.what, left.why) == ("embedded cluster mine", "it was kept, and nobody uses it")
        left.delete()
        assert place.left == []
