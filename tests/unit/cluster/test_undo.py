"""A fault is taken back however its block ends, and the block ends when the cluster is whole."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_kworkload.cluster.administration import ANNOTATION
from pytest_kworkload.cluster.cluster import Cluster
from pytest_kworkload.cluster.running import Running, Wish
from pytest_kworkload.cluster.undo import Undo, reverted
from pytest_kworkload.errors import ClusterError, NotFound, SettingsError, WaitTimeout
from pytest_kworkload.history.deadline import Deadline
from pytest_kworkload.history.recorder import KINDS, Recorder
from pytest_kworkload.settings import Settings
from pytest_kworkload.workloads.marks import over

from ..history.store import Store
from ..objects.test_nodes import node
from ..workloads.cluster import FakeClient

NEEDS = ("nodes:add", "nodes:stop", "nodes:cordon", "control-plane:stop")


class Client(FakeClient):
    """Merges what is patched, as the API server does."""

    def get(self, kind: str, name: str) -> Any:
        return self.find(kind, name)

    def patch(self, kind: str, name: str, body: Any, namespace: str | None = None, **how: Any) -> Any:
        self._call(f"patch {kind} {name}", body)
        found = self.get(kind, name)
        spec, annotations = (
            {key: value for key, value in {**before, **change}.items() if value is not None}
            for before, change in (
                (found["spec"], body["spec"]),
                (found["metadata"].get("annotations", {}), body["metadata"]["annotations"]),
            )
        )
        self.store.put(kind, name, metadata={**found["metadata"], "annotations": annotations}, spec=spec, status=found["status"])

    def close(self) -> None: ...


class Scripted:
    """Faults in memory. While one is in force its node is silent; otherwise each node renews its lease again and again."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls: list[str] = []
        self.heals = True
        self.failure: ClusterError | None = None
        self._silent: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)
        self._thread.start()

    def _renew(self) -> None:
        while not self._ended.wait(0.01):
            for name in ("node-0", "node-1"):
                if name not in self._silent:
                    self.store.put("Lease", name, "kube-node-lease")

    def start(self, fault: str, deadline: Deadline, *, node: str = "", component: str = "") -> Any:
        if self.failure:
            raise self.failure
        self.calls.append(f"{fault} {node}{component}".strip())
        self._silent.add(node)
        if fault == "node-added":
            self.store.put("Node", "node-2", **globals()["node"]())
        return Held(self, node or ("node-2" if fault == "node-added" else ""))

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


class Held:
    def __init__(self, faults: Scripted, node: str) -> None:
        self.faults, self.node = faults, node

    def end(self, deadline: Deadline) -> None:
        self.faults.calls.append("end")
        if self.faults.failure:
            raise self.faults.failure
        if self.node == "node-2":
            self.faults.store.remove("Node", "node-2")
        if self.faults.heals:
            self.faults._silent.discard(self.node)


@pytest.fixture
def store() -> Store:
    store = Store()
    store.put("Node", "node-0", **node())
    store.put("Node", "node-1", **node())
    return store


@pytest.fixture
def faults(store: Store) -> Iterator[Scripted]:
    faults = Scripted(store)
    yield faults
    faults.stop()


Make = Callable[..., Cluster]


@pytest.fixture
def make(store: Store, faults: Scripted) -> Iterator[Make]:
    """A cluster in memory; by default one test's own."""
    recorder = Recorder(store)
    recorder.record(KINDS, Deadline.after(5))

    def make(needs: tuple[str, ...] = NEEDS, timeout: float = 5.0, **running: Any) -> Cluster:
        described = Running("scripted", Path("kubeconfig"), stop=lambda: None, faults=faults, **running)
        cluster = Cluster(described, "run", wish=Wish(2, needs=needs, alone=1), settings=Settings(timeout=timeout))
        cluster.__dict__["client"], cluster.__dict__["recorder"] = Client(store), recorder
        return cluster

    yield make
    recorder.stop()


@pytest.mark.parametrize(
    ("name", "fault"),
    [("kubelet_stopped", "kubelet-stopped"), ("frozen", "node-frozen"), ("killed", "node-killed"), ("removed", "node-removed")],
)
def test_a_fault_of_a_node(make: Make, faults: Scripted, name: str, fault: str) -> None:
    node = make().node("node-1")
    with getattr(node, name)() as same:
        assert same == node
        assert faults.calls == [f"{fault} node-1"]
    assert faults.calls == [f"{fault} node-1", "end"]


def test_a_restart_is_a_call(make: Make, faults: Scripted) -> None:
    make().node("node-1").restart_kubelet()
    assert faults.calls == ["kubelet-restarted node-1", "end"]


def test_one_node_more(make: Make, faults: Scripted) -> None:
    cluster = make()
    with cluster.node_added() as added:
        assert added.name == "node-2"
        assert cluster.nodes == ["node-0", "node-1", "node-2"]
    assert cluster.nodes == ["node-0", "node-1"]
    assert faults.calls == ["node-added", "end"]


@pytest.mark.parametrize("component", ["kube-scheduler", "kube-apiserver"])
def test_a_component(make: Make, faults: Scripted, component: str) -> None:
    with make().stopped(component):
        assert faults.calls == [f"component-stopped {component}"]
    assert faults.calls[1:] == ["end"]


def test_an_older_word_of_the_node_does_not_count(make: Make, faults: Scripted) -> None:
    cluster, faults.heals = make(timeout=0.3), False
    with pytest.raises(WaitTimeout) as error, cluster.node("node-1").frozen():
        pass  # too short for the cluster to have noticed, so Ready is still True
    assert str(error.value).splitlines() == [
        "waited 0.3 s for node-1 to be Ready again",
        "  last seen: node-1: Ready",
        "             node-1 has not renewed its lease",
        "  do:  kubectl --kubeconfig kubeconfig describe nodes; give a longer timeout if it only needs more time",
    ]
    with pytest.raises(ClusterError, match="the cluster has not been whole since a fault"):
        cluster.check()


def test_an_error_of_the_block_wins(make: Make, faults: Scripted) -> None:
    cluster = make()
    with pytest.raises(RuntimeError, match="closed") as error, cluster.node("node-1").frozen():
        raise RuntimeError("closed")
    assert faults.calls[-1] == "end"
    assert getattr(error.value, "__notes__", []) == []
    assert cluster.reverts == []
    cluster.check()


def test_what_is_left_goes_along_with_it(make: Make, faults: Scripted) -> None:
    cluster = make()
    with pytest.raises(RuntimeError) as error, cluster.node("node-1").killed():
        faults.failure = ClusterError("node-1 does not boot", "no room", "make some")
        raise RuntimeError("closed")
    text = (
        "killed() of node-1 was not reverted\n"
        "  why: node-1 does not boot\n"
        "         why: no room\n"
        "         do:  make some\n"
        "  do:  look at the state of the cluster, or start the tests again"
    )
    assert error.value.__notes__ == [text]
    assert cluster.left == [text]


def test_a_fault_that_is_refused_leaves_nothing(make: Make, faults: Scripted) -> None:
    cluster, faults.failure = make(), ClusterError("node-1 is frozen already")
    with pytest.raises(ClusterError, match="frozen already"), cluster.node("node-1").frozen():
        pytest.fail("the block was entered")
    assert (cluster.reverts, cluster.left, faults.calls) == ([], [], [])


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, pytest.fail.Exception])
def test_after_an_interruption_nothing_more_is_waited_for(make: Make, faults: Scripted, error: Any) -> None:
    cluster, faults.heals = make(), False  # it would be waited for in vain
    with pytest.raises(error), cluster.node("node-1").frozen():
        raise error
    assert faults.calls[-1] == "end"


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C as in a terminal: in a background job it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_a_second_ctrl_c_does_not_interrupt_the_taking_back(make: Make) -> None:
    cluster, done, pressed = make(), threading.Event(), threading.Event()
    main = threading.main_thread().ident
    assert main is not None

    def begin(undo: Undo, deadline: Deadline) -> None:
        def back(deadline: Deadline) -> None:
            signal.pthread_kill(main, signal.SIGINT)  # in the main thread, which waits for this one
            pressed.wait(5)
            done.set()

        undo.by(back)

    with pytest.raises(KeyboardInterrupt), reverted(cluster, "it", begin, lambda value, deadline: None, None):
        raise KeyboardInterrupt
    assert not done.is_set(), "the second Ctrl-C had to wait"
    pressed.set()
    assert done.wait(5)


def test_a_block_that_cannot_end_is_ended_by_the_cluster(make: Make, faults: Scripted) -> None:
    cluster = make()
    block = cluster.node("node-1").frozen()
    block.__enter__()  # as when Ctrl-C comes between this and the block's first line
    cluster.close()
    assert faults.calls == ["node-frozen node-1", "end"]


def test_faults_may_overlap(make: Make, faults: Scripted) -> None:
    cluster = make()
    with cluster.node("node-0").frozen(), cluster.stopped("kube-scheduler"), cluster.node("node-1").cordoned():
        pass
    assert faults.calls == ["node-frozen node-0", "component-stopped kube-scheduler", "end", "end"]


def test_cordoned_and_as_before(make: Make, store: Store) -> None:
    node = make(needs=("nodes:cordon",)).node("node-1")
    with node.cordoned(), node.cordoned():
        assert store.objects["Node", "", "node-1"]["spec"]["unschedulable"] is True
    client: Any = node._cluster.client
    assert [one["spec"] for one in client.bodies] == [{"unschedulable": True}, {"unschedulable": None}]
    (note,) = json.loads(client.bodies[0]["metadata"]["annotations"][ANNOTATION])
    assert over(note, hours=0) is None, "this process lives"
    assert client.bodies[1]["metadata"]["annotations"] == {ANNOTATION: None}


def test_what_somebody_else_has_taken_back_is_left_alone(make: Make, store: Store) -> None:
    cordoned = make(needs=("nodes:cordon",)).node("node-1")
    with cordoned.cordoned():
        store.put("Node", "node-1", **node())  # another machine has come under that name
    client: Any = cordoned._cluster.client
    assert len(client.bodies) == 1


def test_a_taint_that_is_there_already(make: Make) -> None:
    node = make(needs=("nodes:cordon",)).node("node-1")
    with node.tainted("a", value="b"), node.tainted("a", effect="NoExecute"):
        assert node.get()["spec"]["taints"] == [
            {"key": "a", "effect": "NoSchedule", "value": "b"},
            {"key": "a", "effect": "NoExecute"},
        ]
        with pytest.raises(ClusterError, match="node-1 already has a taint a:NoSchedule"), node.tainted("a"):
            pass
    assert node.get()["spec"]["taints"] == []


def test_waiting_for_a_node(make: Make, store: Store) -> None:
    ill = make(timeout=0.1).node("node-1")
    with pytest.raises(WaitTimeout, match=r"waited 0\.1 s for node-1 to be unreachable\n  last seen: node-1: Ready\n"):
        ill.wait_unreachable()
    store.put("Node", "node-1", **node("Unknown", "unreachable", reason="NodeStatusUnknown"))
    assert ill.wait_unreachable(5) is ill
    with pytest.raises(WaitTimeout, match=r"last seen: node-1: Ready is Unknown: NodeStatusUnknown\n"):
        ill.wait_ready()
    store.put("Node", "node-1", **node())
    assert ill.wait_ready(5) is ill


def test_a_node_that_is_not_there(make: Make) -> None:
    with pytest.raises(NotFound) as error:
        make().node("node-7")
    assert str(error.value) == (
        "no Node node-7 in the cluster\n  why: it has node-0, node-1\n  do:  check the name, or first apply the manifest that creates it"
    )


def test_a_provider_without_faults(make: Make) -> None:
    cluster = make()
    object.__setattr__(cluster.running, "faults", None)
    with pytest.raises(ClusterError) as error, cluster.stopped("kube-scheduler"):
        pass
    assert str(error.value) == (
        "kworkload_cluster.stopped('kube-scheduler') with the provider scripted\n  why: it declares this capability but has no faults"
    )


@pytest.mark.parametrize("call", ["cordoned", "drained"])
def test_what_an_administrator_does_has_to_be_declared_too(make: Make, call: str) -> None:
    node = make(needs=("nodes:stop",)).node("node-1")
    with pytest.raises(SettingsError, match=rf"^node.{call}\(\) in a test that has not declared it\n") as error, getattr(node, call)():
        pass
    assert 'pytest.mark.kworkload(needs=["nodes:cordon"])' in str(error.value)
