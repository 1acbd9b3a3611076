"""Controllers of pods in kubectl's terms: which pods are theirs, updates, roll-backs."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.errors import NotFound, WaitTimeout
from pytest_kworkload.workloads.controllers import REVISION, StatefulSet
from pytest_kworkload.workloads.namespace import Namespace

from ..history.store import Store
from .cluster import FakeClient, later

SELECTOR = {"matchLabels": {"app": "web"}}
FINE = {"observedGeneration": 0, "replicas": 1, "availableReplicas": 1}
READY = {"conditions": [{"type": "Ready", "status": "True"}]}
TEMPLATE = {"spec": {"initContainers": [{"name": "init"}], "containers": [{"name": "web"}, {"name": "side"}]}}


def owned(uid: str, **metadata: Any) -> dict[str, Any]:
    return {"ownerReferences": [{"uid": uid, "controller": True}], "labels": {"app": "web"}, **metadata}


@pytest.fixture
def deployment(namespace: Namespace, store: Store) -> Any:
    """A Deployment with two revisions; the older one's ReplicaSet was made last."""
    uid = store.put("Deployment", "web", spec={"selector": SELECTOR, "template": TEMPLATE})
    for name, number in (("web-new", 10), ("web-old", 9)):
        template = {"metadata": {"labels": {"app": "web", "pod-template-hash": name}}, "spec": {"containers": [{"name": name}]}}
        store.put("ReplicaSet", name, metadata=owned(uid, annotations={REVISION: str(number)}), spec={"template": template})
    store.put("ReplicaSet", "other", metadata=owned("another"), spec={"template": {}})
    return namespace.deployment("web")


class TestPods:
    def test_of_a_deployment_are_those_of_its_replica_sets(self, deployment: Any, store: Store) -> None:
        store.put("Pod", "b", metadata=owned("web-new-2"))
        store.put("Pod", "a", metadata=owned("web-old-3"))
        store.put("Pod", "terminating", metadata=owned("web-new-2", deletionTimestamp="2026-01-01T00:00:00Z"))
        store.put("Pod", "foreign", metadata=owned("other-4"))
        store.put("Pod", "orphan", metadata={"labels": {"app": "web"}})
        store.put("Pod", "unlabelled", metadata=owned("web-new-2", labels={}))
        assert [(pod.name, pod.uid) for pod in deployment.pods()] == [("a", "a-6"), ("b", "b-5")]

    def test_of_a_stateful_set_by_ordinal(self, namespace: Namespace, store: Store) -> None:
        uid = store.put("StatefulSet", "db", spec={"selector": SELECTOR})
        for n in (10, 9, 0):
            store.put("Pod", f"db-{n}", metadata=owned(uid))
        pods = namespace.stateful_set("db").pods()
        assert [pod.name for pod in pods] == ["db-0", "db-9", "db-10"]

    def test_the_first_one_runs_commands(self, deployment: Any) -> None:
        with pytest.raises(NotFound) as error:
            deployment.exec("true")
        assert str(error.value) == ("Deployment web has no pod\n  why: there is no pod for the call\n  do:  wait_ready() first")

    def test_logs_of_all(self, deployment: Any, store: Store) -> None:
        for name in "ab":
            store.put("Pod", name, metadata=owned("web-new-2"))
        assert deployment.logs() == {"a": "log of a", "b": "log of b"}


class TestUpdates:
    @pytest.mark.parametrize(("container", "group"), [("web", "containers"), ("side", "containers"), ("init", "initContainers")])
    def test_set_image(self, deployment: Any, client: FakeClient, container: str, group: str) -> None:
        assert deployment.set_image(container, "web:2") is deployment
        assert client.calls == ["patch Deployment web strategic"]
        assert client.bodies == [{"spec": {"template": {"spec": {group: [{"name": container, "image": "web:2"}]}}}}]

    def test_set_image_of_no_container(self, deployment: Any) -> None:
        with pytest.raises(NotFound) as error:
            deployment.set_image("wep", "web:2")
        assert str(error.value) == (
            "no container wep in the template of Deployment web\n"
            "  why: it has init, side, web\n"
            "  do:  check the name, or first apply the manifest that creates it"
        )

    @pytest.mark.parametrize(("container", "group"), [("web", "containers"), ("init", "initContainers")])
    def test_set_env(self, deployment: Any, client: FakeClient, container: str, group: str) -> None:
        assert deployment.set_env(container, COLOUR="red", OLD=None) is deployment
        env = [{"name": "COLOUR", "value": "red"}, {"name": "OLD", "$patch": "delete"}]
        assert client.calls == ["patch Deployment web strategic"]
        assert client.bodies == [{"spec": {"template": {"spec": {group: [{"name": container, "env": env}]}}}}]

    def test_restart(self, deployment: Any, client: FakeClient) -> None:
        deployment.restart()
        annotations = client.bodies[0]["spec"]["template"]["metadata"]["annotations"]
        assert list(annotations) == ["kubectl.kubernetes.io/restartedAt"]

    def test_scale(self, deployment: Any, client: FakeClient) -> None:
        assert deployment.scale(5) is deployment
        assert (client.calls, client.bodies) == (["patch Deployment web merge scale"], [5])

    def test_pause_and_resume(self, deployment: Any, client: FakeClient) -> None:
        deployment.pause().resume()
        assert client.calls == ["patch Deployment web strategic", "patch Deployment web merge"]
        assert client.bodies == [{"spec": {"paused": True}}, {"spec": {"paused": None}}]


class TestRollback:
    def test_to_the_revision_before(self, deployment: Any, client: FakeClient) -> None:
        assert [one["metadata"]["name"] for one in deployment.replica_sets()] == ["web-old", "web-new"], "revision 9 before 10"
        deployment.rollback()
        template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web-old"}]}}
        assert client.bodies == [[{"op": "replace", "path": "/spec/template", "value": template}]]

    def test_to_a_named_revision(self, deployment: Any, client: FakeClient) -> None:
        deployment.rollback(10)
        assert client.bodies[0][0]["value"]["spec"] == {"containers": [{"name": "web-new"}]}

    def test_to_one_that_is_not_there(self, deployment: Any) -> None:
        with pytest.raises(NotFound) as error:
            deployment.rollback(3)
        assert str(error.value) == (
            "Deployment web has no revision 3\n"
            "  why: it has 9, 10; others were never made, or revisionHistoryLimit removed them\n"
            "  do:  raise spec.revisionHistoryLimit (default 10), or name a revision that exists"
        )

    def test_of_a_first_revision(self, namespace: Namespace, store: Store) -> None:
        uid = store.put("StatefulSet", "db", spec={"selector": SELECTOR})
        store.put("ControllerRevision", "db-1", metadata=owned(uid), revision=1, data={"spec": {"template": {"$patch": "replace"}}})
        with pytest.raises(NotFound, match=r"^StatefulSet db has no older revision\n  why: it has 1\n"):
            namespace.stateful_set("db").rollback()

    def test_by_controller_revision(self, namespace: Namespace, store: Store, client: FakeClient) -> None:
        uid = store.put("DaemonSet", "agent", spec={"selector": SELECTOR})
        for number in (10, 9, 2):
            store.put("ControllerRevision", f"agent-{number}", metadata=owned(uid), revision=number, data={"spec": {"template": number}})
        agent = namespace.daemon_set("agent")
        agent.rollback()
        agent.rollback(2)
        assert client.bodies == [{"spec": {"template": 9}}, {"spec": {"template": 2}}]


@pytest.mark.parametrize(
    ("spec", "claims"),
    [
        (
            {"replicas": 2, "volumeClaimTemplates": [{"metadata": {"name": "data"}}, {"metadata": {"name": "log"}}]},
            "data-db-0 log-db-0 data-db-1 log-db-1",
        ),
        ({"replicas": 1, "ordinals": {"start": 3}, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}, "data-db-3"),
        ({"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}, "data-db-0"),
        ({"replicas": 0, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}, ""),
        ({"replicas": 2}, ""),
    ],
)
def test_claims_of_a_stateful_set(namespace: Namespace, store: Store, spec: dict[str, Any], claims: str) -> None:
    store.put("StatefulSet", "db", spec=spec)
    assert StatefulSet(namespace, "db").claims() == claims.split()


def test_troubles_name_its_own_pods_that_are_not_ready(namespace: Namespace, deployment: Any, store: Store) -> None:
    waiting = {"containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]}
    store.put("Pod", "a", metadata=owned("web-new-2"), spec={}, status=waiting)
    store.put("Pod", "b", metadata=owned("web-new-2"), spec={}, status={"conditions": [{"type": "Ready", "status": "True"}]})
    store.put("Pod", "c", metadata=owned("other-4"), spec={}, status=waiting)
    namespace.recording.barrier(namespace.deadline(None), "Pod", "ReplicaSet")
    assert deployment.troubles(namespace.recording.since()) == ["pod a: container web: ImagePullBackOff: no such image"]


class TestWaitReady:
    """What the status says of pods is late; the pods themselves are looked at too."""

    def test_waits_for_the_successor_of_a_pod_that_was_just_deleted(self, namespace: Namespace, store: Store) -> None:
        uid = store.put("ReplicaSet", "trio", spec={"replicas": 1, "selector": SELECTOR}, status=FINE)
        going = owned(uid, deletionTimestamp="2026-01-01T00:00:00Z")
        store.put("Pod", "old", metadata=going, spec={}, status=READY)
        trio = namespace.replica_set("trio")
        with pytest.raises(WaitTimeout) as error:
            trio.wait_ready(0.05)
        assert "\n  last seen: 0 of 1 pods are Ready\n             pod old: terminating\n" in str(error.value)
        thread = later(lambda: store.put("Pod", "new", metadata=owned(uid), spec={}, status=READY))
        trio.wait_ready()  # the old one may still be there
        thread.join()

    def test_is_not_misled_by_a_recording_that_is_behind(self, namespace: Namespace, store: Store) -> None:
        uid = store.put("ReplicaSet", "trio", spec={"replicas": 1, "selector": SELECTOR}, status=FINE)
        store.put("Pod", "old", metadata=owned(uid), spec={}, status=READY)
        namespace.recording.barrier(namespace.deadline(None), "Pod", "ReplicaSet")
        store.silence("Pod")
        store.remove("Pod", "old")
        store.calls.clear()
        thread = later(lambda: store.wait_called("identities", "Pod"), store.speak)
        with pytest.raises(WaitTimeout, match="0 of 1 pods are Ready"):
            namespace.replica_set("trio").wait_ready(0.5)
        thread.join()
