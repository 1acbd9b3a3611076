"""Applying manifests, finding what is there, and cleaning up."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from pytest_kworkload.errors import ApiError, ClusterError, ManifestError, NotFound, WaitTimeout
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.recorder import Recorder
from pytest_kworkload.history.recording import Recording
from pytest_kworkload.workloads.controllers import Deployment
from pytest_kworkload.workloads.handle import Described, raw
from pytest_kworkload.workloads.marks import PROCESS_ANNOTATION, RUN_LABEL
from pytest_kworkload.workloads.namespace import Namespace
from pytest_kworkload.workloads.pods import Pod

from ..history.store import Store
from .cluster import WIDGETS, FakeClient, later, refusal


def deployment(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, **metadata}, "spec": {"replicas": 1}}


def storage_class(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name, **metadata}, "provisioner": "p"}


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {}}


def definition() -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [{"name": "v1", "served": True}],
        },
    }


def widget(name: str) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": {}}


class TestApply:
    def test_gives_handles_on_what_the_server_accepted(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        applied = namespace.apply([deployment("web"), config_map("c")])
        assert client.calls == ["apply Deployment web", "apply ConfigMap c"]
        assert [str(handle) for handle in applied.handles] == ["Deployment web", "ConfigMap c"]
        assert [type(handle) for handle in applied.handles] == [Deployment, Described]
        assert applied.handles[0].uid == store.objects["Deployment", "ns", "web"]["metadata"]["uid"]
        assert repr(applied) == "<applied Deployment web, ConfigMap c>"

    def test_puts_the_objects_into_the_namespace(self, namespace: Namespace, client: FakeClient) -> None:
        namespace.apply([deployment("web"), deployment("api", namespace="ns")])
        assert [body["metadata"]["namespace"] for body in client.bodies] == ["ns", "ns"]

    def test_leaves_the_callers_manifest_alone(self, namespace: Namespace) -> None:
        manifest = [deployment("web"), storage_class("fast", labels={"a": "b"})]
        before = copy.deepcopy(manifest)
        namespace.apply(manifest)
        assert manifest == before, "or the next test would apply it into this test's namespace"

    def test_records_a_kind_before_it_creates_the_object(self, namespace: Namespace) -> None:
        namespace.apply(config_map("c"))
        namespace.recording.barrier(namespace.deadline(None), "ConfigMap")
        assert [(one.type, one.name) for one in namespace.recording.since().of("ConfigMap")] == [("ADDED", "c")]

    def test_by_force(self, namespace: Namespace, client: FakeClient) -> None:
        namespace.apply(deployment("web"), force=True)
        assert client.calls == ["apply Deployment web by force"]

    def test_refuses_another_namespace(self, namespace: Namespace, client: FakeClient) -> None:
        with pytest.raises(ManifestError) as error:
            namespace.apply([deployment("web"), deployment("api", namespace="prod")])
        assert str(error.value) == (
            "item 1 of the list: Deployment api names namespace prod\n"
            "  why: the test owns only namespace ns; what is elsewhere is neither recorded nor cleaned up\n"
            "  do:  leave metadata.namespace out of the manifest, or apply it with override_namespace=True"
        )
        assert client.calls == [], "nothing of it was applied"

    def test_overrides_another_namespace_on_purpose(self, namespace: Namespace, client: FakeClient) -> None:
        namespace.apply(deployment("web", namespace="prod"), override_namespace=True)
        assert client.bodies[0]["metadata"]["namespace"] == "ns"

    def test_an_unknown_kind(self, namespace: Namespace, client: FakeClient) -> None:
        client.groups.groups = [WIDGETS]
        with pytest.raises(NotFound) as error:
            namespace.apply([config_map("c"), {**widget("w"), "kind": "Wigdet"}])
        assert str(error.value) == (
            "item 1 of the list: the server has no kind example.com/v1 Wigdet\n"
            "  why: similar kinds: Widget\n"
            "  do:  correct the kind, or apply the CustomResourceDefinition that brings it first"
        )
        assert client.calls == ["apply ConfigMap c", "delete ConfigMap c c-1"]

    def test_a_name_that_cannot_be_one(self, namespace: Namespace) -> None:
        with pytest.raises(NotFound, match=r"^the dict: no Deployment can have the name 'a/b'\n"):
            namespace.apply(deployment("a/b"))


class TestRefusedInTheMiddle:
    def test_deletes_what_this_call_created(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        namespace.apply(config_map("there"))
        client.calls.clear()
        client.refusals["apply Deployment api"] = refusal(422, "spec.replicas: Invalid value")
        with pytest.raises(ApiError) as error:
            namespace.apply([config_map("there"), config_map("new"), storage_class("fast"), deployment("api"), deployment("web")])
        assert str(error.value) == (
            "item 3 of the list: the API server refused: 422\n  why: spec.replicas: Invalid value\n  do:  do something"
        )
        assert client.calls == [
            "apply ConfigMap there",
            "apply ConfigMap new",
            "apply StorageClass fast",
            "delete StorageClass fast fast-3",
            "delete ConfigMap new new-2",
        ]
        client.calls.clear()
        namespace.clean()
        assert client.calls == [], "what is deleted already is not deleted again"

    def test_tells_what_it_could_not_delete(self, namespace: Namespace, client: FakeClient) -> None:
        client.refusals["apply Deployment api"] = refusal(422)
        client.refusals["delete StorageClass"] = refusal(403, "not yours")
        with pytest.raises(ApiError) as error:
            namespace.apply([config_map("new"), storage_class("fast"), deployment("api")])
        assert error.value.status == 422, "the refusal is the news"
        assert error.value.__notes__ == [
            "StorageClass fast, which this call had created, could not be deleted again: the API server refused: 403\n"
            "  why: not yours\n"
            "  do:  do something"
        ]
        assert client.calls[-1] == "delete ConfigMap new new-1", "the others are deleted all the same"
        client.refusals.clear()
        namespace.clean()
        assert client.calls[-1] == "delete StorageClass fast fast-2", "it is tried again at the end"


class TestObjectsOfTheCluster:
    def test_carry_the_runs_label_and_no_namespace(self, namespace: Namespace, client: FakeClient) -> None:
        namespace.apply(storage_class("fast", namespace="ns", labels={"a": "b"}))
        metadata = client.bodies[0]["metadata"]
        assert metadata.pop("annotations").keys() == {PROCESS_ANNOTATION}
        assert metadata == {"name": "fast", "labels": {"a": "b", RUN_LABEL: "ab12-gw0"}}

    @pytest.mark.parametrize("labels", [None, {}, {RUN_LABEL: "cd34-gw0"}])
    def test_of_somebody_else_are_not_touched(self, namespace: Namespace, client: FakeClient, store: Store, labels: Any) -> None:
        store.put("StorageClass", "fast", metadata={"labels": labels})
        with pytest.raises(ManifestError) as error:
            namespace.apply(storage_class("fast"))
        assert str(error.value) == (
            "the dict: StorageClass fast is already in the cluster\n"
            "  why: it does not belong to this run, and cluster-scoped objects are shared by everybody\n"
            "  do:  give it another name in the test's manifest"
        )
        assert client.calls == []

    def test_of_this_run_are_applied_again(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        store.put("StorageClass", "fast", metadata={"labels": {RUN_LABEL: "ab12-gw0"}})
        namespace.apply(storage_class("fast"))
        assert client.calls == ["apply StorageClass fast"]

    def test_that_are_on_their_way_out_are_waited_for(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        """What an earlier test of the same run left behind, with a finalizer that takes its time."""
        leaving = {"labels": {RUN_LABEL: "ab12-gw0"}, "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": ["x"]}
        old = store.put("StorageClass", "fast", metadata=leaving)
        found = client.find

        def find(kind: str, name: str, namespace: str | None = None) -> Any:
            there = found(kind, name, namespace)
            if there and there["metadata"]["uid"] == old:
                later(lambda: store.wait_called("identities", "StorageClass"), lambda: store.remove("StorageClass", "fast"))
            return there

        client.find = find  # type: ignore[method-assign]
        handle = namespace.apply(storage_class("fast")).handles[0]
        assert handle.uid != old
        events = [event.type for kind, event in store.events if kind == "StorageClass"]
        assert events == ["ADDED", "DELETED", "ADDED"]

    def test_of_another_worker_are_waited_for(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        """Two tests of one run that apply the same class come one after the other."""
        store.put("StorageClass", "fast", metadata={"labels": {RUN_LABEL: "ab12-gw1"}})
        later(lambda: store.wait_watched("StorageClass"), lambda: store.remove("StorageClass", "fast"))
        namespace.apply(storage_class("fast"))
        assert [event.type for kind, event in store.events if kind == "StorageClass"] == ["ADDED", "DELETED", "ADDED"]

    def test_that_two_workers_create_at_once_are_the_first_ones(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        apply = client.apply

        def beaten(manifest: Any, *where: Any, **how: Any) -> Any:
            client.apply = apply  # type: ignore[method-assign]
            assert how["manager"] == "pytest-kworkload-ab12-gw0", "the API server tells workers apart by their managers"
            store.put("StorageClass", "fast", metadata={"labels": {RUN_LABEL: "ab12-gw1"}})
            later(lambda: store.wait_called("identities", "StorageClass"), lambda: store.remove("StorageClass", "fast"))
            raise ApiError("conflict", status=409, fields=(f".metadata.labels.{RUN_LABEL}",))

        client.apply = beaten  # type: ignore[method-assign]
        namespace.apply(storage_class("fast"))
        assert store.objects["StorageClass", "", "fast"]["metadata"]["labels"] == {RUN_LABEL: "ab12-gw0"}

    def test_another_conflict_is_told(self, namespace: Namespace, client: FakeClient) -> None:
        client.refusals["apply"] = refusal(409)
        with pytest.raises(ApiError):
            namespace.apply(storage_class("fast"))


class TestCustomResources:
    def test_definitions_come_first_and_are_waited_for(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        client.establish = False
        apply = client.apply

        def applied(manifest: Any, *where: Any, **how: Any) -> Any:
            found = apply(manifest, *where, **how)
            if manifest["kind"] == "CustomResourceDefinition":
                established = {"conditions": [{"type": "Established", "status": "True"}]}
                name, spec, labels = manifest["metadata"]["name"], manifest["spec"], {"labels": manifest["metadata"]["labels"]}
                later(lambda: store.put("CustomResourceDefinition", name, metadata=labels, spec=spec, status=established))
            return found

        client.apply = applied  # type: ignore[method-assign]
        applied_objects = namespace.apply([widget("w"), definition()])
        assert client.calls == ["apply CustomResourceDefinition widgets.example.com", "apply Widget w"]
        assert [(kind, event.type) for kind, event in store.events] == [
            ("CustomResourceDefinition", "ADDED"),
            ("CustomResourceDefinition", "MODIFIED"),
            ("Widget", "ADDED"),
        ]
        assert applied_objects.object("Widget", "w").get()["metadata"]["name"] == "w"

    def test_a_definition_that_is_never_established(self, namespace: Namespace, client: FakeClient) -> None:
        client.establish = False
        namespace.recording.record(["CustomResourceDefinition"], namespace.deadline(None))
        namespace.timeout = 0.05
        with pytest.raises(WaitTimeout, match=r"^waited 0.05 s for CustomResourceDefinition widgets.example.com to be ready\n"):
            namespace.apply(definition())


class TestClean:
    def test_deletes_what_the_test_made_last_made_first(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        store.put("StorageClass", "kept", metadata={"labels": {RUN_LABEL: "ab12-gw0"}})
        namespace.apply([storage_class("one"), deployment("web"), storage_class("two"), storage_class("kept")])
        client.calls.clear()
        namespace.clean()
        assert client.calls == ["delete StorageClass two two-4", "delete StorageClass one one-2"]

    @pytest.mark.parametrize("status", [404, 409])
    def test_what_the_test_has_deleted_itself_is_no_trouble(self, namespace: Namespace, client: FakeClient, status: int) -> None:
        namespace.apply(storage_class("one"))
        client.refusals = {"delete": refusal(status)}
        namespace.clean()

    def test_everything_is_tried_before_a_refusal_is_raised(self, namespace: Namespace, client: FakeClient) -> None:
        namespace.apply([storage_class("one"), storage_class("two")])
        client.calls.clear()
        client.refusals = {"delete StorageClass two": refusal(403, "first")}
        with pytest.raises(ApiError) as error:
            namespace.clean()
        assert (error.value.status, client.calls) == (403, ["delete StorageClass one one-1"])

    def test_a_cluster_that_has_gone_is_told(self, namespace: Namespace, client: FakeClient) -> None:
        namespace.apply(storage_class("one"))
        client.refusals["delete"] = ClusterError("no answer")  # type: ignore[assignment] # what the real client raises too
        with pytest.raises(ClusterError, match="no answer"):
            namespace.clean()


class TestCleanANamespaceThatLasts:
    @pytest.fixture
    def lasting(self, client: Any, recorder: Recorder, store: Store) -> Namespace:
        store.put("Deployment", "there")
        store.put("ServiceAccount", "other")
        recorder.record(["ConfigMap"], Deadline.after(5.0))
        Recording(recorder, "ns", "kubectl -n ns").barrier(Deadline.after(5.0), "Deployment", "ServiceAccount")
        namespace = Namespace(client, "ns", Recording(recorder, "ns", "kubectl -n ns"), run="ab12", timeout=5.0, beside=None, lasting=True)
        store.put("ServiceAccount", "default")
        return namespace

    def test_takes_what_came_in_the_test_and_nothing_else(self, lasting: Namespace, client: FakeClient, store: Store) -> None:
        lasting.apply([deployment("web"), config_map("c"), storage_class("fast")])
        web = store.objects["Deployment", "ns", "web"]["metadata"]["uid"]
        store.put("ReplicaSet", "web-1", metadata={"ownerReferences": [{"uid": web}]})
        store.put("PersistentVolumeClaim", "data-db-0", metadata={"ownerReferences": []})
        store.put("Pod", "p", "elsewhere")
        store.put("Event", "e")
        client.calls.clear()
        later(lambda: store.wait_removed("Deployment", "web"), lambda: store.remove("ReplicaSet", "web-1"))
        lasting.clean()
        assert sorted(call.rpartition(" ")[0] for call in client.calls) == [
            "delete ConfigMap c",
            "delete Deployment web",
            "delete PersistentVolumeClaim data-db-0",
            "delete StorageClass fast",
        ]
        assert sorted((kind, where) for kind, where, _ in store.objects) == [
            ("Deployment", "ns"),
            ("Event", "ns"),
            ("Pod", "elsewhere"),
            ("ServiceAccount", "ns"),
            ("ServiceAccount", "ns"),
        ]

    def test_what_does_not_go_is_told(self, lasting: Namespace, store: Store) -> None:
        web = lasting.apply(deployment("web")).deployment("web").uid
        store.put("ReplicaSet", "web-1", metadata={"ownerReferences": [{"uid": web}]})
        lasting.timeout = 0.05
        with pytest.raises(WaitTimeout) as error:
            lasting.clean()
        assert str(error.value).splitlines()[:2] == [
            "waited 0.05 s for what this test made to be gone from namespace ns, which the next test uses",
            "  last seen: ReplicaSet web-1",
        ]


class TestFind:
    """Namespace looks for what the server has, Applied among what was applied."""

    def test_by_name(self, namespace: Namespace, store: Store) -> None:
        uid = store.put("Deployment", "web")
        found = namespace.deployment("web")
        assert (type(found), found.name, found.uid) == (Deployment, "web", uid)

    def test_the_only_one(self, namespace: Namespace, store: Store) -> None:
        store.put("Deployment", "web")
        assert namespace.deployment().name == "web"

    @pytest.mark.parametrize(
        ("find", "kind"),
        [
            ("deployment", "Deployment"),
            ("replica_set", "ReplicaSet"),
            ("stateful_set", "StatefulSet"),
            ("daemon_set", "DaemonSet"),
            ("pod", "Pod"),
            ("claim", "PersistentVolumeClaim"),
            ("service", "Service"),
        ],
    )
    def test_of_every_kind(self, namespace: Namespace, store: Store, find: str, kind: str) -> None:
        store.put(kind, "x")
        assert str(getattr(namespace, find)("x")) == f"{kind} x"

    def test_what_is_not_there(self, namespace: Namespace, store: Store) -> None:
        store.put("Deployment", "web")
        store.put("Deployment", "api")
        store.put("Deployment", "theirs", "other")
        with pytest.raises(NotFound) as error:
            namespace.deployment("wep")
        assert str(error.value) == (
            "no Deployment wep in namespace ns\n  why: it has api, web\n  do:  check the name, or first apply the manifest that creates it"
        )
        with pytest.raises(NotFound) as error:
            namespace.deployment()
        assert str(error.value) == "2 objects of kind Deployment in namespace ns\n  why: they are api, web\n  do:  name one of them"

    def test_where_there_is_nothing(self, namespace: Namespace) -> None:
        for name, what in ((None, "no Pod in namespace ns"), ("x", "no Pod x in namespace ns")):
            with pytest.raises(NotFound) as error:
                namespace.pod(name)
            assert str(error.value) == (
                f"{what}\n  why: there is no Pod at all\n  do:  check the name, or first apply the manifest that creates it"
            )

    def test_what_is_expected_may_come_later(self, namespace: Namespace, store: Store) -> None:
        handle = namespace.deployment("web", expected=True)
        assert not handle.exists()
        uid = store.put("Deployment", "web")
        assert handle.exists()
        assert handle.uid == uid

    def test_among_what_was_applied(self, namespace: Namespace, store: Store) -> None:
        store.put("Deployment", "other")
        applied = namespace.apply([deployment("web"), config_map("c")])
        assert applied.deployment() is applied.deployment("web") is applied.handles[0]
        with pytest.raises(NotFound) as error:
            applied.deployment("other")
        assert str(error.value) == (
            "no Deployment other in what was applied\n  why: it has web\n  do:  check the name, or first apply the manifest that creates it"
        )
        with pytest.raises(NotFound, match="no DaemonSet in what was applied"):
            applied.daemon_set()

    def test_among_several(self, namespace: Namespace) -> None:
        applied = namespace.apply([deployment("web"), deployment("api")])
        with pytest.raises(NotFound) as error:
            applied.deployment()
        assert str(error.value) == "2 objects of kind Deployment in what was applied\n  why: they are api, web\n  do:  name one of them"

    def test_what_was_applied_twice_is_one(self, namespace: Namespace) -> None:
        applied = namespace.apply([deployment("web"), deployment("web")])
        assert applied.deployment().name == applied.deployment("web").name == "web"

    def test_what_the_applied_objects_will_make(self, namespace: Namespace) -> None:
        assert namespace.apply(deployment("web")).pod("web-0", expected=True) == Pod(namespace, "web-0")

    def test_any_kind(self, namespace: Namespace, client: FakeClient, store: Store) -> None:
        client.groups.groups = [WIDGETS]
        uid = store.put("Widget", "w")
        assert namespace.object("Widget", "w").uid == uid
        with pytest.raises(NotFound, match="no Widget x in namespace ns"):
            namespace.object("Widget", "x")


def test_everything_that_was_recorded(namespace: Namespace, store: Store) -> None:
    store.put("Pod", "a")
    store.put("Pod", "b", "other")
    assert [one.name for one in namespace.history().versions] == ["a"]


def test_an_object_as_it_could_be_applied_again(namespace: Namespace, store: Store) -> None:
    handle = namespace.apply(deployment("web", labels={"a": "b"})).deployment()
    assert raw(handle) == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"a": "b"}},
        "spec": {"replicas": 1},
    }
