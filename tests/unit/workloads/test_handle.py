"""What every handle can do, and how long it waits for what."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.errors import Inconclusive, NotFound, WaitTimeout
from pytest_kworkload.workloads.controllers import Deployment
from pytest_kworkload.workloads.handle import Described
from pytest_kworkload.workloads.namespace import Namespace
from pytest_kworkload.workloads.pods import Pod

from ..history.store import Store
from .cluster import FakeClient, later

READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def elsewhere(namespace: Namespace) -> Namespace:
    return Namespace(namespace.client, "other", namespace.recording, run="run-1", timeout=5.0, beside=None)


class TestIdentity:
    def test_the_same_object_is_the_same_handle(self, namespace: Namespace) -> None:
        assert Pod(namespace, "a", "u-1") == Pod(namespace, "a", "u-1", 7)
        assert hash(Pod(namespace, "a", "u-1")) == hash(Pod(namespace, "a", "u-1"))
        assert Pod(namespace, "a", "u-1") == Described(namespace, "a", "u-1", kind="Pod")

    def test_another_object_is_not(self, namespace: Namespace) -> None:
        pod: object = Pod(namespace, "a", "u-1")
        others: list[object] = [
            Pod(namespace, "b", "u-1"),
            Pod(namespace, "a", "u-2"),
            Pod(namespace, "a"),
            Deployment(namespace, "a", "u-1"),
            Pod(elsewhere(namespace), "a", "u-1"),
            "a",
        ]
        assert all(pod != other for other in others)
        assert Pod(namespace, "a") != Pod(elsewhere(namespace), "a"), "also before they have a uid"

    def test_its_hash_stays_when_it_gets_to_know_its_uid(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a")
        pod = Pod(namespace, "a")
        before = hash(pod)
        assert pod.uid == "a-1"
        assert hash(pod) == before

    def test_of_an_expected_object_that_came_and_went(self, namespace: Namespace, store: Store) -> None:
        pod = namespace.pod("a", expected=True)
        store.put("Pod", "a")
        store.put("Pod", "b")
        store.remove("Pod", "a")
        assert pod.uid == "a-1"
        with pytest.raises(NotFound):
            _ = namespace.pod("c", expected=True).uid

    def test_how_it_shows(self, namespace: Namespace) -> None:
        assert (str(Pod(namespace, "a")), repr(Pod(namespace, "a"))) == ("Pod a", "<Pod a in ns>")
        assert repr(namespace) == "<namespace ns>"


class TestReading:
    def test_get(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a", spec={"nodeName": "node-1"}, status={"podIP": "10.0.0.1"})
        pod = namespace.pod("a")
        assert (pod.node, pod.ip) == ("node-1", "10.0.0.1")
        store.put("Pod", "a", spec={})
        assert (pod.node, pod.ip) == ("", "")

    def test_get_of_what_is_gone_lists_what_is_there(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "b")
        with pytest.raises(NotFound, match=r"^no Pod a in namespace ns\n  why: it has b\n"):
            Pod(namespace, "a").get()

    def test_a_successor_of_the_same_name_is_not_this_object(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a")
        pod = namespace.pod("a")
        store.remove("Pod", "a")
        assert not pod.exists()
        store.put("Pod", "a")
        assert not pod.exists()
        pod.get()
        assert pod.uid == "a-1"


class TestWriting:
    @pytest.mark.parametrize(
        ("body", "type", "call"),
        [
            ({"a": 1}, None, "patch Pod a strategic"),
            ([{"op": "remove", "path": "/a"}], None, "patch Pod a json"),
            (({"op": "remove", "path": "/a"},), None, "patch Pod a json"),
            ({"a": None}, "merge", "patch Pod a merge"),
        ],
    )
    def test_patch(self, namespace: Namespace, client: FakeClient, store: Store, body: Any, type: Any, call: str) -> None:
        store.put("Pod", "a")
        pod = namespace.pod("a")
        assert pod.patch(body, type=type) is pod
        assert client.calls == [call]
        assert client.bodies == [list(body) if isinstance(body, tuple) else body]

    def test_delete_takes_this_very_object_only(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        store.put("Pod", "a")
        namespace.pod("a").delete(propagation="Foreground", grace_seconds=0)
        assert client.calls == ["delete Pod a a-1 propagation=Foreground grace_seconds=0"]


class TestWaitReady:
    def test_waits(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a", spec={}, status={"phase": "Pending"})
        pod = namespace.pod("a")
        thread = later(lambda: store.put("Pod", "a", spec={}, status=READY))
        assert pod.wait_ready() is pod
        thread.join()

    def test_for_what_is_expected(self, namespace: Namespace, store: Store) -> None:
        pod = namespace.pod("a", expected=True)
        thread = later(lambda: store.put("Pod", "a", spec={}, status=READY))
        pod.wait_ready()
        thread.join()

    def test_an_older_state_that_looks_ready_does_not_count(self, namespace: Namespace, store: Store) -> None:
        """The recording may be behind what this handle has written."""
        store.put("Pod", "a", spec={}, status=READY)
        pod = namespace.pod("a")
        pod.wait_ready()
        store.silence("Pod")
        pod.patch({"spec": {"x": 1}})
        with pytest.raises(WaitTimeout):
            pod.wait_ready(0.05)
        store.speak()
        pod.wait_ready()

    def test_says_what_is_missing(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a", spec={}, status={"phase": "Pending"})
        pod = namespace.pod("a")
        namespace.recording.barrier(namespace.deadline(None), "Pod")
        with pytest.raises(WaitTimeout) as error:
            pod.wait_ready(0.0)
        assert str(error.value) == (
            "waited 0 s for Pod a to be ready\n"
            "  last seen: phase Pending\n"
            "  do:  kubectl -n ns describe pods; give a longer timeout if it only needs more time"
        )

    def test_what_never_came(self, namespace: Namespace) -> None:
        with pytest.raises(WaitTimeout, match=r"last seen: it does not exist \(yet\)"):
            namespace.pod("a", expected=True).wait_ready(0.0)

    def test_gives_up_on_what_was_deleted(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a", spec={}, status={})
        pod = namespace.pod("a")
        namespace.recording.barrier(namespace.deadline(None), "Pod")
        store.remove("Pod", "a")
        with pytest.raises(WaitTimeout, match=r"^gave up waiting for Pod a to be ready after \S+ s: Pod a was deleted\n"):
            pod.wait_ready()

    def test_gives_up_on_what_has_failed(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a", spec={}, status={"phase": "Failed", "reason": "Evicted"})
        with pytest.raises(WaitTimeout, match=r"^gave up .*: the pod failed: Evicted"):
            namespace.pod("a").wait_ready()

    def test_records_a_kind_that_was_not_recorded(self, namespace: Namespace, store: Store) -> None:
        """Nothing of it was applied: a controller or the raw client made it."""
        store.put("ConfigMap", "c")
        namespace.object("ConfigMap", "c").wait_ready()

    def test_of_a_kind_that_cannot_be_recorded_is_inconclusive(self, namespace: Namespace, store: Store) -> None:
        store.put("Secret", "s")
        secret = namespace.object("Secret", "s")
        store.refused["Secret"] = "secrets is forbidden"
        for wait in (secret.wait_ready, secret.wait_deleted):
            with pytest.raises(Inconclusive, match=r"^Secret objects are not recorded: secrets is forbidden\n"):
                wait()


class TestWaitDeleted:
    def test_waits(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a")
        pod = namespace.pod("a")
        thread = later(lambda: store.remove("Pod", "a"))
        pod.wait_deleted()
        thread.join()
        assert ("Pod", "ns", "a") not in store.objects

    def test_is_not_misled_by_a_recording_that_is_behind(self, namespace: Namespace, store: Store) -> None:
        """What it has not seen yet is not gone."""
        store.wait_watched("Pod")
        store.silence("Pod")
        store.put("Pod", "a")
        pod = namespace.pod("a")
        thread = later(lambda: store.wait_called("identities", "Pod"), store.speak, lambda: store.remove("Pod", "a"))
        pod.wait_deleted()
        assert ("Pod", "ns", "a") not in store.objects
        thread.join()

    def test_of_a_kind_that_was_not_recorded(self, namespace: Namespace, store: Store) -> None:
        store.put("ConfigMap", "c")
        config_map = namespace.object("ConfigMap", "c")
        thread = later(lambda: store.wait_called("identities", "ConfigMap"), lambda: store.remove("ConfigMap", "c"))
        config_map.wait_deleted()
        assert ("ConfigMap", "ns", "c") not in store.objects
        thread.join()

    def test_a_successor_does_not_hold_it_up(self, namespace: Namespace, store: Store) -> None:
        store.put("Pod", "a")
        pod = namespace.pod("a")
        store.remove("Pod", "a")
        store.put("Pod", "a")
        pod.wait_deleted()

    @pytest.mark.parametrize(
        ("metadata", "seen"),
        [({"finalizers": ["a/b", "c"]}, "its finalizers: a/b, c"), ({}, "still there, without finalizers")],
    )
    def test_says_what_holds_it(self, namespace: Namespace, store: Store, metadata: Any, seen: str) -> None:
        store.put("Pod", "a", metadata=metadata)
        namespace.recording.barrier(namespace.deadline(None), "Pod")
        with pytest.raises(WaitTimeout) as error:
            namespace.pod("a").wait_deleted(0.05)
        assert str(error.value) == (
            "waited 0.05 s for Pod a to be gone\n"
            f"  last seen: {seen}\n"
            "  do:  kubectl -n ns describe pods; give a longer timeout if it only needs more time"
        )


class TestApplied:
    def test_waits_for_all_within_one_budget(self, namespace: Namespace) -> None:
        pod: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {}, "status": READY}
        late = {**pod, "metadata": {"name": "late"}, "status": {"phase": "Pending"}}
        applied = namespace.apply([pod, late])
        namespace.recording.barrier(namespace.deadline(None), "Pod")
        with pytest.raises(WaitTimeout, match=r"^waited 0.1 s for Pod late to be ready\n"):
            applied.wait_ready(0.1)

    def test_does_not_wait_for_a_claim_that_waits_for_its_pod(self, namespace: Namespace) -> None:
        claim = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data"},
            "spec": {},
            "status": {"phase": "Pending"},
        }
        applied = namespace.apply(claim)
        assert applied.wait_ready() is applied

    def test_waits_for_a_claim_that_is_about_to_be_bound(self, namespace: Namespace) -> None:
        spec = {"volumeName": "pv-1"}
        claim = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data"},
            "spec": spec,
            "status": {"phase": "Pending"},
        }
        applied = namespace.apply(claim)
        assert applied.claim().volume == "pv-1"
        with pytest.raises(WaitTimeout, match="PersistentVolumeClaim data to be ready"):
            applied.wait_ready(0.05)


def test_events_of_this_object_each_line_once(namespace: Namespace, store: Store) -> None:
    store.put("Pod", "a")
    for n, (uid, message) in enumerate([("a-1", "one"), ("b-1", "theirs"), ("a-1", "two"), ("a-1", "one")]):
        about = {"kind": "Pod", "name": uid[0], "uid": uid}
        store.put("Event", f"e-{n}", type="Normal", reason="Pulled", involvedObject=about, message=message)
    assert namespace.pod("a").events() == ["Normal Pulled Pod/a: two", "Normal Pulled Pod/a: one"]
