"""One kind followed through everything that a connection can do."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_kworkload.errors import ClusterError
from pytest_kworkload.history import follower as module
from pytest_kworkload.history.follower import Follower
from pytest_kworkload.history.source import Event, Listing, Refused

from .store import MemoryStream, Store


class Told:
    """A Sink that keeps what it is told, in order."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[Any, ...]] = queue.Queue()

    def listed(self, kind: str, listing: Listing, after: int | None, reason: str) -> None:
        self._queue.put(("listed", [one["metadata"]["name"] for one in listing.objects], after, reason))

    def received(self, kind: str, event: Event) -> None:
        self._queue.put((event.type, event.object["metadata"].get("name"), event.revision))

    def refused(self, kind: str, reason: str) -> None:
        self._queue.put(("refused", reason))

    def troubled(self, kind: str, reason: str | None) -> None:
        self._queue.put(("troubled", reason))

    def next(self, count: int = 1) -> list[tuple[Any, ...]]:
        """The next things told, without the notes that the connection is there."""
        found: list[tuple[Any, ...]] = []
        while len(found) < count:
            one = self._queue.get(timeout=5.0)
            if one != ("troubled", None):
                found.append(one)
        return found

    def nothing_more(self) -> bool:
        return all(self._queue.get() == ("troubled", None) for _ in range(self._queue.qsize()))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def follow(told: Told) -> Iterator[Callable[..., Follower]]:
    """Starts followers, and ends them after the test."""
    started: list[Follower] = []

    def start(source: Any, kind: str = "Pod", sink: Any = told) -> Follower:
        follower = Follower(source, kind, "ns", sink)
        started.append(follower)
        follower.start()
        return follower

    yield start
    for follower in started:
        ended(follower)


def ended(follower: Follower) -> None:
    follower.signal_stop()
    follower.join(5.0)
    assert not follower._thread.is_alive(), "the thread outlives its follower"


def test_first_list_then_events(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    store.put("Pod", "a")
    follow(store)
    store.wait_watched("Pod")
    store.put("Pod", "b")
    store.put("Pod", "b")
    store.remove("Pod", "a")
    assert told.next(4) == [("listed", ["a"], None, ""), ("ADDED", "b", 102), ("MODIFIED", "b", 103), ("DELETED", "a", 104)]
    assert store.calls[:2] == [("list", "Pod", "ns", 0), ("watch", "Pod", "ns", 101)]


def test_what_happens_between_list_and_watch_is_not_lost(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    class Between(Store):
        def watch(self, kind: str, namespace: str | None, revision: int) -> MemoryStream:
            if len(self.events) == 0:
                self.put("Pod", "early")
            return super().watch(kind, namespace, revision)

    follow(Between())
    assert told.next(2) == [("listed", [], None, ""), ("ADDED", "early", 101)]


def test_dropped_stream_resumes_from_the_last_revision(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    follow(store)
    store.wait_watched("Pod")
    store.put("Pod", "a")
    told.next(2)
    store.drop("Pod")
    store.put("Pod", "b")
    store.wait_watched("Pod")
    store.put("Pod", "c")
    assert told.next(2) == [("ADDED", "b", 102), ("ADDED", "c", 103)]
    assert store.watched_from("Pod") == [100, 101]


def test_a_version_that_is_delivered_twice_is_told_once(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    class Repeating(Store):
        def watch(self, kind: str, namespace: str | None, revision: int) -> MemoryStream:
            return super().watch(kind, namespace, 100)  # from the very first one on, each time

    repeating = Repeating()
    follow(repeating)
    repeating.wait_watched("Pod")
    repeating.put("Pod", "a")
    told.next(2)
    repeating.drop("Pod")
    repeating.put("Pod", "b")
    assert told.next() == [("ADDED", "b", 102)]


def test_a_bookmark_moves_the_point_where_it_resumes(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    follow(store)
    store.wait_watched("Pod")
    store.put("Node", "n")
    store.bookmark("Pod")
    assert told.next(2) == [("listed", [], None, ""), ("BOOKMARK", None, 101)]
    store.compact()
    store.drop("Pod")
    store.wait_watched("Pod")
    assert store.watched_from("Pod") == [100, 101]
    assert told.nothing_more(), "the compaction took nothing that was not seen"


def test_gone_when_the_watch_starts(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    follow(store)
    store.wait_watched("Pod")
    store.put("Pod", "a")
    told.next(2)
    store.silence("Pod")
    store.put("Pod", "b")
    store.compact()
    store.drop("Pod")
    assert told.next() == [("listed", ["a", "b"], 101, "too old resource version")]
    store.speak()
    store.put("Pod", "c")
    assert told.next() == [("ADDED", "c", 103)]


def test_gone_in_the_middle_of_a_stream(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    follow(store)
    store.wait_watched("Pod")
    store.put("Pod", "a")
    told.next(2)
    store.silence("Pod")
    store.put("Pod", "b")
    store.compact()
    store.speak()
    assert told.next() == [("listed", ["a", "b"], 101, "too old resource version")]


def test_a_gap_is_told_also_if_the_fresh_list_fails_first(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    follow(store)
    store.wait_watched("Pod")
    told.next()
    store.silence("Pod")
    store.put("Pod", "a")
    store.compact()
    store.unreachable.add("Pod")
    store.speak()
    trouble = "no answer from the API server at 127.0.0.1:6443: Connection refused"
    assert told.next() == [("troubled", trouble)]
    store.unreachable.clear()
    while (last := told.next()[0]) == ("troubled", trouble):
        pass
    assert last == ("listed", ["a"], 100, "too old resource version")


def test_trouble_is_told_and_taken_back(store: Store, follow: Callable[..., Follower]) -> None:
    told = Told()
    store.unreachable.add("Pod")
    follow(store, sink=told)
    assert told._queue.get(timeout=5.0) == ("troubled", "no answer from the API server at 127.0.0.1:6443: Connection refused")
    store.unreachable.clear()
    store.wait_watched("Pod")
    seen = [told._queue.get(timeout=5.0)]
    while seen[-1] != ("troubled", None):
        seen.append(told._queue.get(timeout=5.0))
    assert seen[-2] == ("listed", [], None, "")


class TestAServerThatStarts:
    """It refuses everybody until it has read its roles."""

    trouble = "no answer from the API server at 127.0.0.1:6443: Connection refused"

    def restart(self, store: Store, told: Told) -> None:
        store.wait_watched("Pod")
        told.next()
        store.unreachable.add("Pod")
        store.drop("Pod")
        assert told.next() == [("troubled", self.trouble)]
        store.forbidden.add("Pod")

    def await_refusal(self, told: Told) -> None:
        while (last := told.next()[0]) == ("troubled", self.trouble):
            pass
        assert last == ("troubled", "403 Forbidden")

    def test_is_asked_again(self, store: Store, told: Told, follow: Callable[..., Follower]) -> None:
        follow(store)
        self.restart(store, told)
        self.await_refusal(told)
        store.put("Pod", "a")
        store.unreachable.clear()
        store.forbidden.clear()
        while (last := told.next()[0]) == ("troubled", "403 Forbidden"):
            pass
        assert last[:2] == ("ADDED", "a"), "nothing is missing"

    def test_is_believed_in_the_end(
        self, store: Store, told: Told, follow: Callable[..., Follower], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("pytest_kworkload.history.follower.STARTING_SECONDS", 0.05)
        follow(store)
        self.restart(store, told)
        self.await_refusal(told)
        while (last := told.next()[0]) == ("troubled", "403 Forbidden"):
            pass
        assert last == ("refused", "403 Forbidden")

    def test_one_that_was_never_away_is_believed_at_once(self, store: Store, told: Told, follow: Callable[..., Follower]) -> None:
        follow(store)
        store.wait_watched("Pod")
        told.next()
        store.forbidden.add("Pod")
        store.drop("Pod")
        assert told.next() == [("refused", "403 Forbidden")]


@pytest.mark.parametrize("when", ["list", "watch"])
def test_a_refused_kind_ends_the_follower(store: Store, told: Told, follow: Callable[..., Follower], when: str) -> None:
    if when == "list":
        store.refused["Pod"] = "403 Forbidden"
        follower = follow(store)
    else:
        follower = follow(store)
        store.wait_watched("Pod")
        told.next()
        store.refused["Pod"] = "403 Forbidden"
        store.drop("Pod")
    assert told.next() == [("refused", "403 Forbidden")]
    follower.join(5.0)
    assert not follower._thread.is_alive()


def test_a_crash_is_told(store: Store, told: Told, follow: Callable[..., Follower]) -> None:
    class Crashing(Told):
        def received(self, kind: str, event: Event) -> None:
            raise KeyError("metadata")

    told = Crashing()
    follow(store, sink=told)
    store.wait_watched("Pod")
    store.put("Pod", "a")
    assert told.next(2)[1] == ("refused", "the recorder of Pod failed: KeyError: 'metadata'")
    assert store.open_streams("Pod") == [], "its stream is closed"


def test_no_outage_is_too_long() -> None:
    pauses = [module._pause_after(failures) for failures in (1, 2, 6, 7, 10_000)]
    assert pauses == [0.04, 0.08, 1.28, 2.0, 2.0]


class TestPause:
    def test_what_happens_meanwhile_comes_after_resume(self, store: Store, told: Told, follow: Callable[..., Follower]) -> None:
        follower = follow(store)
        store.wait_watched("Pod")
        told.next()
        follower.pause()
        assert store.open_streams("Pod") == []
        store.put("Pod", "a")
        assert told.nothing_more()
        follower.resume()
        assert told.next() == [("ADDED", "a", 101)]

    def test_past_a_compaction_it_is_a_gap(self, store: Store, told: Told, follow: Callable[..., Follower]) -> None:
        follower = follow(store)
        store.wait_watched("Pod")
        told.next()
        follower.pause()
        store.put("Pod", "a")
        store.compact()
        follower.resume()
        assert told.next() == [("listed", ["a"], 100, "too old resource version")]

    def test_again_and_again(self, store: Store, told: Told, follow: Callable[..., Follower]) -> None:
        follower = follow(store)
        for n in range(20):  # a wake-up that is lost would show here as a wait of ten seconds
            follower.pause()
            store.put("Pod", f"p-{n}")
            follower.resume()
        store.put("Pod", "last")
        while told.next()[0][1] != "last":
            pass

    def test_of_a_follower_that_has_ended(self, store: Store, told: Told, follow: Callable[..., Follower]) -> None:
        store.refused["Pod"] = "403 Forbidden"
        follower = follow(store)
        told.next()
        follower.pause()  # returns

    def test_of_a_follower_that_ends_meanwhile(self, told: Told, follow: Callable[..., Follower]) -> None:
        waiting = threading.Event()

        class Parked(threading.Event):
            def wait(self, timeout: float | None = None) -> bool:
                waiting.set()
                return super().wait(timeout)

        class Late(Store):
            def list(self, kind: str, namespace: str | None) -> Listing:
                waiting.wait(5.0)
                raise Refused("403 Forbidden")

        follower = Follower(Late(), "Pod", "ns", told)
        follower._parked = Parked()
        follower.start()
        follower.pause()  # returns
        ended(follower)

    def test_says_so_if_the_server_does_not_answer(
        self, store: Store, told: Told, follow: Callable[..., Follower], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = threading.Event()

        class Hanging(Store):
            def list(self, kind: str, namespace: str | None) -> Listing:
                answer.wait()
                return super().list(kind, namespace)

        monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)
        follower = follow(Hanging())
        with pytest.raises(ClusterError) as error:
            follower.pause()
        answer.set()
        assert str(error.value) == (
            "the recorder of Pod did not stop reading within 0.01 s\n"
            "  why: a request to the API server is under way and gets no answer\n"
            "  do:  see whether the cluster still runs"
        )


class TestStop:
    def test_while_it_reads(self, store: Store, follow: Callable[..., Follower]) -> None:
        follower = follow(store)
        store.wait_watched("Pod")
        ended(follower)
        assert store.open_streams("Pod") == []

    def test_while_it_is_paused(self, store: Store, follow: Callable[..., Follower]) -> None:
        follower = follow(store)
        store.wait_watched("Pod")
        follower.pause()
        ended(follower)

    def test_while_it_waits_after_a_failure(self, store: Store, told: Told, follow: Callable[..., Follower]) -> None:
        store.unreachable.add("Pod")
        follower = follow(store)
        told.next()
        ended(follower)

    def test_while_the_stream_is_being_opened(self, told: Told, follow: Callable[..., Follower]) -> None:
        opening, stopped = threading.Event(), threading.Event()

        class Slow(Store):
            def watch(self, kind: str, namespace: str | None, revision: int) -> MemoryStream:
                opening.set()
                stopped.wait(5.0)
                return super().watch(kind, namespace, revision)

        store = Slow()
        follower = follow(store)
        assert opening.wait(5.0)
        follower.signal_stop()
        stopped.set()
        ended(follower)
        assert store.open_streams("Pod") == []
