"""What a test sees: windows, waits, and the barrier that makes a window complete."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pytest_kworkload.errors import ClusterError, Inconclusive, WaitTimeout
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.model import History
from pytest_kworkload.history.recorder import Recorder
from pytest_kworkload.history.recording import Recording
from pytest_kworkload.history.source import Identities

from .store import Store

SOON = 5.0
NOW = 0.05  # for what must not come


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    recorder = Recorder(store)
    yield recorder
    recorder.stop()


@pytest.fixture
def recording(recorder: Recorder, store: Store) -> Recording:
    """A recording of pods and nodes; pod `old` was there before."""
    store.put("Pod", "old")
    recorder.record(["Pod", "Node"], soon())
    return Recording(recorder, "ns", "kubectl -n ns")


def soon() -> Deadline:
    return Deadline.after(SOON)


def names(history: History, kind: str = "Pod") -> list[str]:
    return sorted(str(one["metadata"]["name"]) for one in history.objects(kind).values())


def told(history: History) -> list[str]:
    return [f"{one.type} {one.name}" for one in history.versions]


class TestWindow:
    def test_from_the_beginning(self, store: Store, recording: Recording) -> None:
        store.put("Pod", "new")
        store.remove("Pod", "old")
        recording.barrier(soon(), "Pod")
        history = recording.since()
        assert told(history) == ["ADDED new", "DELETED old"]
        assert [one["metadata"]["name"] for one in history.before("Pod").values()] == ["old"]
        assert names(history) == ["new"]
        assert history.known == {"Pod", "Node"}
        assert history.started <= history.versions[0].received <= history.ended

    def test_from_a_mark(self, store: Store, recording: Recording) -> None:
        store.put("Pod", "before")
        recording.barrier(soon(), "Pod")
        mark = recording.mark()
        store.put("Pod", "after")
        recording.barrier(soon(), "Pod")
        history = recording.since(mark)
        assert told(history) == ["ADDED after"]
        assert sorted(one["metadata"]["name"] for one in history.before("Pod").values()) == ["before", "old"]
        assert names(history) == ["after", "before", "old"]

    def test_of_a_kind_that_is_recorded_since_later(self, store: Store, recording: Recording) -> None:
        store.put("Widget", "early")
        recording.record(["Widget"], soon())
        store.put("Widget", "late")
        recording.barrier(soon(), "Widget")
        history = recording.since()
        assert told(history) == ["ADDED late"]
        assert [one["metadata"]["name"] for one in history.before("Widget").values()] == ["early"]
        assert names(history, "Widget") == ["early", "late"]

    def test_a_window_does_not_change_any_more(self, store: Store, recording: Recording) -> None:
        history = recording.since()
        store.put("Pod", "new")
        recording.barrier(soon(), "Pod")
        assert (told(history), names(history)) == ([], ["old"])

    def test_a_part_of_it_ends_with_what_was_alive_then(self, store: Store, recording: Recording) -> None:
        store.put("Pod", "first")
        recording.barrier(soon(), "Pod")
        moment = recording.since().ended
        store.put("Pod", "second")
        recording.barrier(soon(), "Pod")
        history = recording.since()
        assert names(history) == ["first", "old", "second"]
        assert names(history.until(moment)) == ["first", "old"]
        assert names(history.until(moment).until(moment)) == ["first", "old"]

    def test_what_is_alive_is_what_its_versions_lead_to(self, store: Store, recording: Recording) -> None:
        """The window knows what is alive without looking at its versions; both ways must agree."""
        for name in ("a", "b", "a", "c"):
            store.put("Pod", name)
        store.remove("Pod", "a")
        store.put("Pod", "a")
        recording.barrier(soon(), "Pod")
        history = recording.since()
        assert history.objects("Pod") == History.objects(history.until(history.ended), "Pod")
        assert list(history.objects("Pod")) == list(History.objects(history.until(history.ended), "Pod"))

    def test_other_namespaces_are_not_in_it(self, store: Store, recording: Recording) -> None:
        store.put("Pod", "theirs", "other")
        store.put("Node", "n")
        recording.barrier(soon(), "Pod", "Node")
        assert told(recording.since()) == ["ADDED n"]


class TestGaps:
    def gap(self, store: Store, recording: Recording) -> None:
        recording.pause("Pod")
        store.put("Pod", "unseen")
        store.compact()
        recording.resume("Pod")
        recording.barrier(soon(), "Pod")

    def test_in_the_window(self, store: Store, recording: Recording) -> None:
        mark = recording.mark()
        self.gap(store, recording)
        assert [(gap.kind, gap.after) for gap in recording.since(mark).gaps] == [("Pod", 101)]
        assert [gap.kind for gap in recording.since().gaps] == ["Pod"]

    def test_before_the_window(self, store: Store, recording: Recording) -> None:
        self.gap(store, recording)
        assert recording.since(recording.mark()).gaps == ()

    def test_that_is_noticed_in_the_window_but_began_before(self, store: Store, recording: Recording) -> None:
        recording.pause("Pod")
        store.put("Pod", "unseen")
        store.compact()
        mark = recording.mark()
        recording.resume("Pod")
        recording.barrier(soon(), "Pod")
        assert [gap.kind for gap in recording.since(mark).gaps] == ["Pod"]

    def test_of_a_kind_that_was_never_recorded(self, store: Store, recorder: Recorder) -> None:
        store.refused["Pod"] = "pods is forbidden"
        recorder.record(["Pod", "Node"], soon())
        recording = Recording(recorder, "ns", "kubectl")
        for history in (recording.since(), recording.since(recording.mark())):
            assert [(gap.kind, gap.reason) for gap in history.gaps] == [("Pod", "pods is forbidden")]
            assert history.known == {"Node"}

    def test_of_a_kind_that_came_back_after_the_window_began(self, store: Store, recording: Recording) -> None:
        store.refused["Pod"] = "pods is forbidden"
        store.drop("Pod")
        recording.wait_for(lambda history: history.gaps or None, "the gap", soon())
        gone = recording.mark()
        store.refused.clear()
        recording.record(["Pod"], soon())
        back = recording.mark()
        assert [gap.kind for gap in recording.since(gone).gaps] == ["Pod"], "what happened until it came back is not known"
        assert recording.since(gone).known == {"Pod", "Node"}
        assert recording.since(back).gaps == ()
        assert names(recording.since(back)) == ["old"]


class TestWait:
    def test_gives_what_the_condition_gives(self, store: Store, recording: Recording) -> None:
        store.put("Pod", "web")
        found = recording.wait_for(lambda history: next((n for n in names(history) if n == "web"), None), "pod web", soon())
        assert found == "web"

    @pytest.mark.parametrize("result", [0, "", (), True])
    def test_only_none_and_false_mean_no(self, recording: Recording, result: Any) -> None:
        assert recording.wait_for(lambda history: result, "anything", Deadline.after(0.0)) == result
        assert recording.absent(lambda history: result, 0.0) == result

    def test_looks_before_it_waits(self, recording: Recording) -> None:
        assert recording.wait_for(lambda history: "old" in names(history), "pod old", Deadline.after(0.0))

    def test_looks_at_its_window_only(self, store: Store, recording: Recording) -> None:
        store.put("Pod", "a")
        recording.barrier(soon(), "Pod")
        mark = recording.mark()
        with pytest.raises(WaitTimeout):
            recording.wait_for(lambda history: history.versions or None, "a version", Deadline.after(0.0), since=mark)

    def test_hears_of_what_comes_while_it_looks(self, store: Store, recording: Recording) -> None:
        """A change between the look and the wait must not be slept through."""

        def condition(history: History) -> bool:
            if "late" not in names(history):
                store.put("Pod", "late")
                recording.barrier(soon(), "Pod")
            return "late" in names(history)

        assert recording.wait_for(condition, "pod late", soon())

    def test_ends_in_time_also_if_there_is_always_something_new(self, store: Store, recording: Recording) -> None:
        deadline = Deadline.after(NOW)
        looks = itertools.count()

        def condition(history: History) -> bool:
            assert next(looks) < 100_000, "it goes on and on"
            with recording._log.changed:
                recording._log.notify()  # something has come in the meantime
            return False

        with pytest.raises(WaitTimeout, match=r"^waited 0.05 s for peace\n"):
            recording.wait_for(condition, "peace", deadline)

    def test_times_out_with_what_was_seen(self, store: Store, recording: Recording) -> None:
        recording.record(["Event"], soon())
        for n, message in enumerate(["pulling", "back-off\n restarting", "back-off\n restarting"]):
            about = {"kind": "Pod", "name": "web", "uid": "web-1"}
            store.put("Event", f"e-{n}", type="Warning" if n else "Normal", reason="Failed", involvedObject=about, message=message)
        recording.barrier(soon(), "Event")
        with pytest.raises(WaitTimeout) as error:
            recording.wait_for(lambda history: None, "pod web", Deadline.after(0.0), seen=lambda history: f"pods {names(history)}\nno web")
        assert str(error.value) == (
            "waited 0 s for pod web\n"
            "  last seen: pods ['old']\n"
            "             no web\n"
            "  newest events:\n"
            "    Normal Failed Pod/web: pulling\n"
            "    Warning Failed Pod/web: back-off restarting\n"
            "  do:  kubectl -n ns describe pods; give a longer timeout if it only needs more time"
        )

    def test_times_out_with_what_is_not_recorded(self, store: Store, recorder: Recorder, recording: Recording) -> None:
        store.refused["Secret"] = "secrets is forbidden\n  why: RBAC"
        recording.record(["Secret"], soon())
        store.unreachable.add("Node")
        store.wait_watched("Node")
        store.drop("Node")
        with store.changed:
            assert store.changed.wait_for(lambda: len(store.watched_from("Node")) >= 3, SOON)
        with pytest.raises(WaitTimeout) as error:
            recording.wait_for(lambda history: None, "a secret", Deadline.after(0.0))
        assert str(error.value) == (
            "waited 0 s for a secret\n"
            "  not recorded: Secret: secrets is forbidden\n"
            "  not recorded: Node: no answer from the API server at 127.0.0.1:6443: Connection refused\n"
            "  do:  kubectl -n ns describe pods; give a longer timeout if it only needs more time"
        )

    def test_does_not_tell_of_a_kind_that_only_another_test_asked_for(self, store: Store, recorder: Recorder, recording: Recording) -> None:
        store.refused["Secret"] = "secrets is forbidden"
        Recording(recorder, "another", "kubectl").record(["Secret"], soon())
        with pytest.raises(WaitTimeout) as error:
            recording.wait_for(lambda history: None, "pod web", Deadline.after(0.0))
        assert "not recorded" not in str(error.value)

    def test_gives_up_as_soon_as_it_is_hopeless(self, store: Store, recording: Recording) -> None:
        store.put("Pod", "failed")
        with pytest.raises(WaitTimeout) as error:
            recording.wait_for(
                lambda history: None,
                "pod failed to be ready",
                Deadline(60.0, soon().at + 55.0),
                hopeless=lambda history: "the pod failed" if "failed" in names(history) else None,
            )
        first, *others = str(error.value).splitlines()
        assert first.startswith("gave up waiting for pod failed to be ready after ")
        assert first.endswith(" s: the pod failed")
        assert others == ["  do:  kubectl -n ns describe pods"]

    def test_does_not_ask_for_hope_when_the_condition_holds(self, recording: Recording) -> None:
        assert recording.wait_for(lambda history: True, "anything", soon(), hopeless=lambda history: "too late")

    def test_after_an_overflow_is_inconclusive(self, store: Store) -> None:
        recorder = Recorder(store, limit=150)
        recorder.record(["Pod"], soon())
        recording = Recording(recorder, "ns", "kubectl")
        store.put("Pod", "a")
        store.put("Pod", "b")
        with pytest.raises(Inconclusive, match=r"^the history of namespace ns passed its limit of \S+ MiB after 1 versions\n"):
            recording.wait_for(lambda history: None, "nothing", soon())
        with pytest.raises(Inconclusive, match="passed its limit"):
            recording.barrier(soon(), "Pod")
        recorder.stop()


class TestAbsent:
    def test_what_does_not_come(self, recording: Recording) -> None:
        assert recording.absent(lambda history: "new" in names(history), NOW) is None

    def test_what_comes_all_the_same(self, store: Store, recording: Recording) -> None:
        mark = recording.mark()
        store.put("Pod", "new")
        assert recording.absent(lambda history: next(iter(told(history)), None), SOON, since=mark) == "ADDED new"


class TestRequire:
    def test_records_the_kind(self, store: Store, recording: Recording) -> None:
        store.put("Widget", "w")
        recording.require("Widget", soon())
        assert names(recording.since(), "Widget") == ["w"]

    def test_is_inconclusive_for_a_kind_that_is_refused(self, store: Store, recording: Recording) -> None:
        store.refused["Secret"] = "secrets is forbidden\n  why: RBAC"
        with pytest.raises(Inconclusive) as error:
            recording.require("Secret", soon())
        assert str(error.value) == (
            "Secret objects are not recorded: secrets is forbidden\n"
            "  why: without the recording nothing can be said about them\n"
            "  do:  grant the kubeconfig's user the rights to list and watch them, or apply their definition first"
        )


class TestBarrier:
    """Each test holds the stream back, so that only the barrier can make the difference."""

    def behind(self, store: Store, recording: Recording, change: Callable[[], object]) -> list[str]:
        """What a barrier has seen to it that the recording holds, when the stream goes on only once it waits."""
        store.silence("Pod")
        change()
        speak = threading.Thread(target=store.speak)
        listed = recording._recorder.identities

        def identities(kind: str, namespace: str | None, deadline: Deadline) -> Identities:
            found = listed(kind, namespace, deadline)
            assert told(recording.since()) == [], "nothing has been received so far"
            speak.start()
            return found

        recording._recorder.identities = identities  # type: ignore[method-assign]
        recording.barrier(soon(), "Pod")
        speak.join()
        return told(recording.since())

    def test_waits_for_what_is_new(self, store: Store, recording: Recording) -> None:
        assert self.behind(store, recording, lambda: store.put("Pod", "new")) == ["ADDED new"]

    def test_waits_for_a_newer_version(self, store: Store, recording: Recording) -> None:
        assert self.behind(store, recording, lambda: store.put("Pod", "old")) == ["MODIFIED old"]

    def test_waits_for_a_deletion(self, store: Store, recording: Recording) -> None:
        assert self.behind(store, recording, lambda: store.remove("Pod", "old")) == ["DELETED old"]

    def test_waits_for_the_same_name_again(self, store: Store, recording: Recording) -> None:
        def again() -> None:
            store.remove("Pod", "old")
            store.put("Pod", "old")

        assert self.behind(store, recording, again) == ["DELETED old", "ADDED old"]

    def test_does_not_wait_for_what_came_after_the_list(self, store: Store, recording: Recording) -> None:
        listed = recording._recorder.identities

        def identities(kind: str, namespace: str | None, deadline: Deadline) -> Identities:
            found = listed(kind, namespace, deadline)
            store.put("Pod", "later")
            recording.wait_for(lambda history: "later" in names(history), "pod later", soon())
            return found

        recording._recorder.identities = identities  # type: ignore[method-assign]
        recording.barrier(Deadline.after(NOW), "Pod")

    def test_other_namespaces_do_not_matter(self, store: Store, recording: Recording) -> None:
        store.silence("Pod")
        store.put("Pod", "theirs", "other")
        recording.barrier(Deadline.after(NOW), "Pod")

    def test_objects_of_the_cluster_do(self, store: Store, recording: Recording) -> None:
        store.put("Node", "n")
        recording.barrier(soon(), "Node")
        assert told(recording.since()) == ["ADDED n"]

    @pytest.mark.parametrize("change", ["create", "update", "delete"])
    def test_a_dead_stream_is_inconclusive(self, store: Store, recording: Recording, change: str) -> None:
        store.silence("Pod")
        if change == "delete":
            store.remove("Pod", "old")
        else:
            store.put("Pod", "new" if change == "create" else "old")
        with pytest.raises(Inconclusive) as error:
            recording.barrier(Deadline.after(NOW), "Pod")
        assert str(error.value) == (
            "the recorder did not receive all versions of Pod objects that the API server has\n"
            "  why: its connection does not keep up or is lost (no reason is known), so nothing can be said\n"
            "  do:  see whether the API server is reachable and the machine is not overloaded; then repeat the test"
        )
        store.speak()

    def test_the_reason_is_told_if_there_is_one(self, store: Store, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Recorder, "troubles", {"Pod": "Connection refused"})
        store.silence("Pod")
        store.put("Pod", "new")
        with pytest.raises(Inconclusive, match=r"or is lost \(Connection refused\), so"):
            recording.barrier(Deadline.after(NOW), "Pod")
        store.speak()

    def test_a_kind_that_is_refused_is_a_gap_already(self, store: Store, recording: Recording) -> None:
        store.refused["Secret"] = "secrets is forbidden"
        recording.record(["Secret"], soon())
        recording.barrier(soon(), "Secret")
        assert [gap.kind for gap in recording.since().gaps] == ["Secret"]

    def test_ends_when_the_kind_is_refused_meanwhile(self, store: Store, recording: Recording) -> None:
        store.silence("Pod")
        store.put("Pod", "new")
        listed = recording._recorder.identities

        def identities(kind: str, namespace: str | None, deadline: Deadline) -> Identities:
            found = listed(kind, namespace, deadline)
            store.refused["Pod"] = "pods is forbidden"
            store.drop("Pod")
            return found

        recording._recorder.identities = identities  # type: ignore[method-assign]
        recording.barrier(soon(), "Pod")
        assert [gap.reason for gap in recording.since().gaps] == ["pods is forbidden"]

    def test_is_inconclusive_when_the_list_is_refused(self, store: Store, recording: Recording) -> None:
        store.refused["Pod"] = "pods is forbidden\n  why: RBAC"
        with pytest.raises(Inconclusive) as error:
            recording.barrier(soon(), "Pod")
        assert str(error.value) == (
            "the API server no longer lists Pod objects\n"
            "  why: pods is forbidden; so nothing shows that the recording is complete\n"
            "  do:  see whether the user's rights or the kind's definition were taken away meanwhile"
        )

    def test_a_server_that_does_not_answer_is_an_error(self, store: Store, recording: Recording) -> None:
        store.unreachable.add("Pod")
        with pytest.raises(ClusterError, match=r"^no answer from the API server"):
            recording.barrier(soon(), "Pod")


class TestCatchingUp:
    def test_waits_for_every_kind_that_is_recorded(self, store: Store, recording: Recording) -> None:
        recording.record(["Widget"], soon())
        store.silence("Pod", "Widget")
        store.put("Pod", "new")
        store.put("Widget", "late")
        threading.Timer(NOW, store.speak).start()
        recording.catch_up(soon())
        assert sorted(told(recording.since())) == ["ADDED late", "ADDED new"]

    def test_a_kind_that_is_listed_no_more_is_a_gap(self, store: Store, recording: Recording) -> None:
        recording.record(["Widget"], soon())
        store.refused["Widget"] = "no kind Widget\n  why: its definition has gone"
        store.put("Pod", "new")
        recording.catch_up(soon())
        history = recording.since()
        assert [(gap.kind, gap.reason) for gap in history.gaps] == [("Widget", "the API server no longer lists it: no kind Widget")]
        assert told(history) == ["ADDED new"]

    def test_a_dead_stream_is_inconclusive(self, store: Store, recording: Recording) -> None:
        recording.record(["Widget"], soon())
        store.silence("Widget")
        store.put("Widget", "late")
        with pytest.raises(Inconclusive, match="did not receive all versions of Widget objects"):
            recording.catch_up(Deadline.after(NOW))
        store.speak()


class TestPause:
    def test_what_happens_meanwhile_comes_without_a_gap(self, store: Store, recording: Recording) -> None:
        recording.pause("Pod")
        store.put("Pod", "new")
        recording.resume("Pod")
        recording.barrier(soon(), "Pod")
        assert (told(recording.since()), recording.since().gaps) == (["ADDED new"], ())


def test_a_closed_recording_receives_no_more(store: Store, recorder: Recorder, recording: Recording) -> None:
    recording.close()
    other = Recording(recorder, "ns", "kubectl")
    store.put("Pod", "new")
    other.barrier(soon(), "Pod")
    assert (told(recording.since()), told(other.since())) == ([], ["ADDED new"])


steps = st.sampled_from(["put a", "put b", "remove a", "remove b", "drop", "bookmark", "mark", "node"])


@settings(max_examples=60)
@given(st.lists(steps, max_size=15))
def test_whatever_the_connection_does_nothing_is_lost_and_nothing_comes_twice(plan: list[str]) -> None:
    store = Store()
    store.put("Pod", "a")
    recorder = Recorder(store)
    try:
        recorder.record(["Pod", "Node"], soon())
        recording = Recording(recorder, "ns", "kubectl")
        happened = len(store.events)
        mark, since = recording.beginning, happened
        for step in plan:
            verb, _, name = step.partition(" ")
            if verb == "put":
                store.put("Pod", name)
            elif verb == "remove" and ("Pod", "ns", name) in store.objects:
                store.remove("Pod", name)
            elif verb == "drop":
                store.drop("Pod")
            elif verb == "bookmark":
                store.bookmark("Pod")
            elif verb == "node":
                store.put("Node", "n")
            elif verb == "mark":
                recording.barrier(soon(), "Pod", "Node")
                mark, since = recording.mark(), len(store.events)
        recording.barrier(soon(), "Pod", "Node")
        for start, window in ((happened, recording.since()), (since, recording.since(mark))):
            assert window.gaps == ()
            for kind in ("Pod", "Node"):
                expected = [(one.type, one.revision) for of, one in store.events[start:] if of == kind and one.type != "BOOKMARK"]
                assert [(one.type, one.revision) for one in window.of(kind)] == expected
                assert set(window.objects(kind)) == {one["metadata"]["uid"] for (of, _, _), one in store.objects.items() if of == kind}
    finally:
        recorder.stop()
