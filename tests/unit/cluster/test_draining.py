"""Which pods have to go from a node, and how they are asked to."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload.cluster.draining import KINDS, chosen, drain
from pytest_kworkload.errors import ApiError, ClusterError, WaitTimeout
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.recorder import Recorder
from pytest_kworkload.history.recording import Recording

from ..history.store import Store
from ..workloads.cluster import FakeClient, refusal


def pod(name: str, owner: str | None = "ReplicaSet", *, phase: str = "Running", empty_dir: bool = False, **metadata: Any) -> dict[str, Any]:
    owners = [{"kind": owner, "uid": "o", "controller": True}] if owner else []
    return {
        "metadata": {"namespace": "ns", "name": name, "uid": name, "ownerReferences": owners, **metadata},
        "spec": {"nodeName": "node-1", "volumes": [{"name": "v", **({"emptyDir": {}} if empty_dir else {"secret": {}})}]},
        "status": {"phase": phase},
    }


def names(pods: Any) -> list[str]:
    return [one["metadata"]["name"] for one in pods]


def test_who_stays_and_who_goes() -> None:
    every = [
        pod("of-a-set"),
        pod("daemon", "DaemonSet"),
        pod("ended-daemon", "DaemonSet", phase="Failed"),
        pod("of-the-kubelet", None, annotations={"kubernetes.io/config.mirror": "1"}),
        pod("bare-but-ended", None, phase="Succeeded", empty_dir=True),
        pod("bare-but-going", None, empty_dir=True, deletionTimestamp="now"),
    ]
    assert names(chosen(every)) == ["bare-but-ended", "bare-but-going", "ended-daemon", "of-a-set"]
    assert names(chosen([pod("bare", None)], {"ns"})) == ["bare"], "its namespace is being deleted"


def test_an_owner_that_is_no_controller_does_not_count() -> None:
    owned = pod("p", None, ownerReferences=[{"kind": "Widget", "uid": "w"}])
    with pytest.raises(ClusterError, match=r"ns/p: it has no controller, so nothing would bring it back \(force=True\)"):
        chosen([owned])


def test_what_kubectl_leaves_alone_unless_it_is_told() -> None:
    every = [pod("c", empty_dir=True), pod("a", None), pod("b", None, empty_dir=True)]
    with pytest.raises(ClusterError) as error:
        chosen(every)
    assert str(error.value) == (
        "the node was not drained because of 4 pods\n"
        "  why: ns/a: it has no controller, so nothing would bring it back (force=True)\n"
        "       ns/b: it has no controller, so nothing would bring it back (force=True)\n"
        "       ns/b: the data in its emptyDir would be lost (delete_emptydir_data=True)\n"
        "       ns/c: the data in its emptyDir would be lost (delete_emptydir_data=True)\n"
        "  do:  pass the arguments that are named above, or let a controller own the pod and a claim keep the data"
    )
    assert names(chosen(every, force=True, delete_emptydir_data=True)) == ["a", "b", "c"]


class Evicting(FakeClient):
    """Pods go when they are evicted, unless the budget forbids it. After as many refusals as `allows` says it allows one more."""

    def __init__(self, store: Store, *allows: int) -> None:
        super().__init__(store)
        self.allowed, self.refused, self.allows = 0, 0, allows

    def evict(self, pod: str, namespace: str, *, grace_seconds: int | None = None, uid: str | None = None) -> None:
        super().evict(pod, namespace, uid=uid)
        if self.allowed:
            self.allowed -= 1
            self.store.remove("Pod", pod, namespace)
            return
        self.refused += 1
        if self.refused in self.allows:
            self.allowed += 1
            self.store.put("PodDisruptionBudget", "budget", "one", status={"disruptionsAllowed": 1})
        raise ApiError("the API server refused", status=429, message="Cannot evict pod as it would violate the pod's disruption budget.")


@pytest.fixture
def recorder(store: Store) -> Any:
    for name, where in (("a", "one"), ("b", "two"), ("elsewhere", "one")):
        node = "node-1" if name != "elsewhere" else "node-2"
        store.put(
            "Pod", name, where, {"ownerReferences": [{"kind": "ReplicaSet", "uid": "o", "controller": True}]}, spec={"nodeName": node}
        )
    recorder = Recorder(store)
    recorder.record(KINDS, Deadline.after(5))
    yield recorder
    recorder.stop()


@pytest.fixture
def store() -> Store:
    return Store()


def test_it_asks_again_when_the_budget_may_allow_it(store: Store, recorder: Recorder) -> None:
    client: Any = Evicting(store, 2, 3)
    drain(client, Recording(recorder, None, "kubectl"), "node-1", Deadline.after(5), grace_seconds=None)
    assert [call.split()[1] for call in client.calls] == ["a", "b", "a", "b", "b"]
    assert [name for kind, _, name in store.objects if kind == "Pod"] == ["elsewhere"]


def test_a_budget_that_never_allows_it(store: Store, recorder: Recorder) -> None:
    client: Any = Evicting(store)
    with pytest.raises(WaitTimeout) as error:
        drain(client, Recording(recorder, None, "kubectl", "nodes"), "node-1", Deadline.after(0.05), grace_seconds=None)
    assert str(error.value) == (
        "waited 0.05 s for the evictions from node-1 to be allowed\n"
        "  last seen: one/a: Cannot evict pod as it would violate the pod's disruption budget.\n"
        "             two/b: Cannot evict pod as it would violate the pod's disruption budget.\n"
        "  do:  kubectl describe nodes; give a longer timeout if it only needs more time"
    )


def test_what_is_left_in_a_namespace_that_is_being_deleted_is_only_waited_for(store: Store, recorder: Recorder) -> None:
    client: Any = Evicting(store)
    store.put("Namespace", "one", "", {"deletionTimestamp": "now"})
    store.put("Namespace", "two", "", {"deletionTimestamp": "now"})
    with pytest.raises(WaitTimeout, match="still there: one/a, two/b"):
        drain(client, Recording(recorder, None, "kubectl"), "node-1", Deadline.after(0.2), grace_seconds=None)
    assert client.calls == []


def test_a_namespace_whose_deletion_begins_meanwhile(store: Store, recorder: Recorder) -> None:
    class Ending(FakeClient):
        """The server knows of the deletion first; what it tells is received a moment later."""

        def evict(self, pod: str, namespace: str, *, grace_seconds: int | None = None, uid: str | None = None) -> None:
            super().evict(pod, namespace, uid=uid)
            self.store.remove("Pod", pod, namespace)
            text = "unable to create new content in namespace one because it is being terminated"
            raise ApiError("the API server refused", status=403, message=text)

    client: Any = Ending(store)
    drain(client, Recording(recorder, None, "kubectl"), "node-1", Deadline.after(5), grace_seconds=None)
    assert [call.split()[1] for call in client.calls] == ["a", "b"]


@pytest.mark.parametrize("status", [404, 409])
def test_a_pod_that_went_by_itself(store: Store, recorder: Recorder, status: int) -> None:
    client: Any = FakeClient(store)
    client.refusals = {"evict": refusal(status)}
    store.remove("Pod", "a", "one")
    with pytest.raises(WaitTimeout, match="still there: two/b"):
        drain(client, Recording(recorder, None, "kubectl"), "node-1", Deadline.after(0.2), grace_seconds=None)


def test_a_refusal_of_another_kind_is_the_news(store: Store, recorder: Recorder) -> None:
    client: Any = FakeClient(store)
    client.refusals = {"evict": refusal(403, "pods is forbidden")}
    with pytest.raises(ApiError, match="403"):
        drain(client, Recording(recorder, None, "kubectl"), "node-1", Deadline.after(5), grace_seconds=None)
