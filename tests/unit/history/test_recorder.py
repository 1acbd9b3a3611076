"""Many kinds at once: what is recorded, what belongs to which test, and what cannot be recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_kworkload.errors import ClusterError, Inconclusive
from pytest_kworkload.history import recorder as module
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.follower import Follower
from pytest_kworkload.history.log import Log
from pytest_kworkload.history.model import Version
from pytest_kworkload.history.recorder import KINDS, Recorder, recorded
from pytest_kworkload.history.source import Listing

from .store import Store

SOON = 5.0


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    recorder = Recorder(store)
    yield recorder
    recorder.stop()
    assert threads() == []


def threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("kworkload-")]


def until(log: Log, condition: Callable[[], bool]) -> None:
    with log.changed:
        assert log.changed.wait_for(condition, SOON), "it did not come"


def arrived(log: Log, count: int) -> None:
    until(log, lambda: len(log.received) == count)


def told(versions: list[Version]) -> list[tuple[str, str, str, int]]:
    return [(one.kind, one.type, one.name, one.revision) for one in versions]


def test_it_lists_before_it_returns(store: Store, recorder: Recorder) -> None:
    store.put("Pod", "a")
    store.put("Node", "n")
    recorder.record(["Pod", "Node"], Deadline.after(SOON))
    log = recorder.open("ns")
    assert {kind: [one.name for one in alive] for kind, alive in log.alive().items()} == {"Pod": ["a"], "Node": ["n"]}
    assert recorded(log) == {"Pod", "Node"}


def test_every_version_in_the_order_of_its_kind(store: Store, recorder: Recorder) -> None:
    recorder.record(["Pod"], Deadline.after(SOON))
    log = recorder.open("ns")
    store.put("Pod", "a")
    store.put("Pod", "a")
    store.remove("Pod", "a")
    store.put("Pod", "a")  # the same name, another object
    arrived(log, 4)
    assert told(log.received) == [
        ("Pod", "ADDED", "a", 101),
        ("Pod", "MODIFIED", "a", 102),
        ("Pod", "DELETED", "a", 103),
        ("Pod", "ADDED", "a", 104),
    ]
    assert [one.uid for one in log.received] == ["a-1", "a-1", "a-1", "a-2"]
    assert list(log.live["Pod"]) == ["a-2"]


def test_two_namespaces_and_the_cluster_are_kept_apart(store: Store, recorder: Recorder) -> None:
    recorder.record(["Pod", "Node"], Deadline.after(SOON))
    one, two = recorder.open("one"), recorder.open("two")
    store.put("Pod", "a", "one")
    store.put("Pod", "b", "two")
    store.put("Pod", "c", "three")
    store.put("Node", "n")
    for log, mine in ((one, "a"), (two, "b")):
        arrived(log, 2)
        assert sorted(version.name for version in log.received) == [mine, "n"]


def test_a_closed_log_receives_no_more(store: Store, recorder: Recorder) -> None:
    recorder.record(["Pod"], Deadline.after(SOON))
    closed, log = recorder.open("closed"), recorder.open("ns")
    recorder.close(closed)
    store.put("Pod", "a", "closed")
    store.put("Pod", "b")
    arrived(log, 1)
    assert closed.received == []


def test_a_recorder_of_one_namespace_asks_for_that_only(store: Store) -> None:
    recorder = Recorder(store, namespace="ns")
    recorder.record(["Pod"], Deadline.after(SOON))
    store.wait_watched("Pod")
    recorder.stop()
    assert store.calls == [("list", "Pod", "ns", 0), ("watch", "Pod", "ns", 100)]


def test_a_kind_that_is_recorded_late_begins_with_its_list(store: Store, recorder: Recorder) -> None:
    recorder.record(["Pod"], Deadline.after(SOON))
    log = recorder.open("ns")
    store.put("Widget", "w")
    recorder.record(["Widget"], Deadline.after(SOON))
    assert [one.name for one in log.first["Widget"]] == ["w"]
    assert recorded(log) == {"Pod", "Widget"}
    assert log.gaps == []


def test_a_kind_is_followed_once(store: Store, recorder: Recorder) -> None:
    recorder.record(["Pod"], Deadline.after(SOON))
    recorder.record(["Pod"], Deadline.after(SOON))
    assert threads() == ["kworkload-Pod"]


def test_equal_parts_of_successive_versions_are_one_object(store: Store, recorder: Recorder) -> None:
    store.put("Pod", "a", spec={"containers": [{"name": "main"}]}, status={"phase": "Pending"})
    recorder.record(["Pod"], Deadline.after(SOON))
    log = recorder.open("ns")
    store.put("Pod", "a", spec={"containers": [{"name": "main"}]}, status={"phase": "Running"})
    arrived(log, 1)
    first, second = log.first["Pod"][0].object, log.received[0].object
    assert second["spec"] is first["spec"]
    assert (first["status"], second["status"]) == ({"phase": "Pending"}, {"phase": "Running"})


class TestGap:
    def test_the_difference_of_the_fresh_list_is_recorded(self, store: Store, recorder: Recorder) -> None:
        for name in ("stays", "changes", "goes"):
            store.put("Pod", name)
        store.put("Pod", "elsewhere", "other")
        recorder.record(["Pod"], Deadline.after(SOON))
        log = recorder.open("ns")
        recorder.pause("Pod")
        store.put("Pod", "changes")
        store.remove("Pod", "goes")
        store.put("Pod", "comes")
        store.put("Pod", "elsewhere", "other")
        store.put("Pod", "fleeting")
        store.remove("Pod", "fleeting")
        store.compact()
        recorder.resume("Pod")
        arrived(log, 3)
        assert told(log.received) == [("Pod", "MODIFIED", "changes", 105), ("Pod", "ADDED", "comes", 107), ("Pod", "DELETED", "goes", 110)]
        assert [(gap.kind, gap.after, gap.reason) for gap in log.gaps] == [("Pod", 104, "too old resource version")]
        assert sorted(one.name for one in log.alive()["Pod"]) == ["changes", "comes", "stays"]

    def test_other_kinds_have_none(self, store: Store, recorder: Recorder) -> None:
        recorder.record(["Pod", "Node"], Deadline.after(SOON))
        log = recorder.open("ns")
        recorder.pause("Pod")
        store.put("Node", "n")
        arrived(log, 1)
        store.compact()
        recorder.resume("Pod")
        until(log, lambda: len(log.gaps) == 1)
        assert [gap.kind for gap in log.gaps] == ["Pod"]


class TestRefusal:
    def test_is_a_gap_of_every_log(self, store: Store, recorder: Recorder) -> None:
        store.refused["Pod"] = "pods is forbidden"
        before = recorder.open("before")
        recorder.record(["Pod", "Node"], Deadline.after(SOON))
        after = recorder.open("after")
        for log in (before, after):
            assert [(gap.kind, gap.reason) for gap in log.gaps] == [("Pod", "pods is forbidden")]
            assert recorded(log) == {"Node"}

    def test_that_comes_later_takes_the_kind_out_of_the_account(self, store: Store, recorder: Recorder) -> None:
        store.put("Pod", "a")
        recorder.record(["Pod"], Deadline.after(SOON))
        log = recorder.open("ns")
        store.refused["Pod"] = "pods is forbidden"
        store.drop("Pod")
        until(log, lambda: bool(log.gaps))
        assert recorded(log) == frozenset()
        assert log.alive() == {}

    def test_is_asked_again_by_the_next_record(self, store: Store, recorder: Recorder) -> None:
        """A CustomResourceDefinition that one test deleted and the next one applies again."""
        recorder.record(["Widget"], Deadline.after(SOON))
        first = recorder.open("first")
        store.refused["Widget"] = "no such kind"
        store.drop("Widget")
        until(first, lambda: bool(first.gaps))
        second = recorder.open("second")
        store.refused.clear()
        store.put("Widget", "w", "second")
        recorder.record(["Widget"], Deadline.after(SOON))
        assert recorded(second) == {"Widget"}
        assert [one.name for one in second.first["Widget"]] == ["w"]
        store.put("Widget", "w", "second")
        arrived(second, 1)

    def test_by_a_crash_is_one_too(self, store: Store, recorder: Recorder) -> None:
        recorder.record(["Pod"], Deadline.after(SOON))
        log = recorder.open("ns")
        recorder.pause("Pod")
        store.put("Pod", "a")
        del store.objects["Pod", "ns", "a"]["metadata"]["resourceVersion"]
        store.compact()
        recorder.resume("Pod")
        until(log, lambda: bool(log.gaps))
        assert log.gaps[-1].reason == "the recorder of Pod failed: KeyError: 'resourceVersion'"
        assert recorded(log) == frozenset()


def test_a_server_that_gives_no_list_is_an_error_in_time(store: Store, recorder: Recorder) -> None:
    store.unreachable.update(("Pod", "Node"))
    with pytest.raises(ClusterError):
        recorder.record(["Pod", "Node"], Deadline.after(0.0))
    with store.changed:
        assert store.changed.wait_for(lambda: store.calls.count(("list", "Pod", None, 0)) > 1, SOON), "it tries again"
    with pytest.raises(ClusterError) as error:
        recorder.record(["Pod", "Node"], Deadline.after(0.0))
    assert str(error.value) == (
        "Pod, Node: no list from the API server within 0 s\n"
        "  why: no answer from the API server at 127.0.0.1:6443: Connection refused\n"
        "  do:  see whether the cluster still runs"
    )


def test_what_to_do_is_said_once(store: Store, recorder: Recorder) -> None:
    store.away = ClusterError("too many open files", "this process may have 64", "raise the limit")
    store.unreachable.add("Pod")
    with pytest.raises(ClusterError):
        recorder.record(["Pod"], Deadline.after(0.0))
    with store.changed:
        assert store.changed.wait_for(lambda: store.calls.count(("list", "Pod", None, 0)) > 1, SOON), "it tries again"
    with pytest.raises(ClusterError) as error:
        recorder.record(["Pod"], Deadline.after(0.0))
    assert str(error.value) == (
        "Pod: no list from the API server within 0 s\n"
        "  why: too many open files\n"
        "         why: this process may have 64\n"
        "         do:  raise the limit"
    )


def test_troubles_are_told_until_they_are_over(store: Store, recorder: Recorder) -> None:
    recorder.record(["Pod"], Deadline.after(SOON))
    store.wait_watched("Pod")
    store.unreachable.add("Pod")
    store.drop("Pod")
    with store.changed:
        assert store.changed.wait_for(lambda: len(store.watched_from("Pod")) >= 3, SOON), "it tries again"
    assert recorder.troubles == {"Pod": "no answer from the API server at 127.0.0.1:6443: Connection refused"}
    log = recorder.open("ns")
    store.unreachable.clear()
    store.put("Pod", "a")
    arrived(log, 1)
    assert recorder.troubles == {}


def test_the_limit_of_memory(store: Store) -> None:
    recorder = Recorder(store, limit=250)
    recorder.record(["Pod"], Deadline.after(SOON))
    log = recorder.open("ns")
    for _ in range(3):
        store.put("Pod", "a")  # 100 bytes each
    until(log, lambda: log.overflow is not None)
    recorder.stop()
    with pytest.raises(Inconclusive) as error:
        recorded(log)
    assert str(error.value) == (
        "the history of namespace ns passed its limit of 0.000238419 MiB after 2 versions\n"
        "  why: what came after is not recorded, so nothing can be said\n"
        "  do:  let the test apply fewer or smaller objects, or split it"
    )


def test_stop_ends_every_thread(store: Store) -> None:
    recorder = Recorder(store)
    recorder.record(KINDS, Deadline.after(SOON))
    recorder.pause("Pod")
    assert len(threads()) == len(KINDS)
    recorder.stop()
    assert threads() == []


def test_stop_waits_for_all_threads_together_not_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    class Hanging(Store):
        def list(self, kind: str, namespace: str | None) -> Listing:
            answer.wait()
            return super().list(kind, namespace)

    waited: list[float] = []
    join = Follower.join

    def noted(follower: Follower, seconds: float) -> None:
        waited.append(seconds)
        join(follower, seconds)

    monkeypatch.setattr(module, "STOP_SECONDS", 0.05)
    monkeypatch.setattr(Follower, "join", noted)
    recorder = Recorder(Hanging())
    with pytest.raises(ClusterError):
        recorder.record(["Pod", "Node", "Service"], Deadline.after(0.0))
    recorder.stop()
    answer.set()
    for one in threading.enumerate():
        if one.name.startswith("kworkload-"):
            one.join(SOON)
    assert waited[0] <= 0.05
    assert waited[1:] == [0.0, 0.0]


def test_the_store_itself_keeps_an_order() -> None:
    """The tests above rest on it: who watches from the start gets everything, in order."""
    store = Store()
    stream: Any = store.watch("Pod", None, store.revision)
    for name in "abc":
        store.put("Pod", name)
    events = iter(stream)
    assert [next(events).revision for _ in range(3)] == [101, 102, 103]
