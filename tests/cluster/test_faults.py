"""Nodes and components that are broken on purpose, and whole again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_kworkload import (
    ApiError,
    Cluster,
    ClusterError,
    GuaranteeViolated,
    Namespace,
    WaitTimeout,
    assert_at_most_one_per_ordinal,
    assert_observed,
    assert_one_pod_per_node,
    assert_proportional_scaling,
    assert_tolerates_node_conditions,
    assert_unused_condition,
)
from pytest_kworkload.objects.nodes import CORDONED, taints

from . import workloads
from .actions import in_a_rollout, scale_by_another
from .pinned import Pinned

BREAKING = pytest.mark.kworkload(nodes=3, needs=["nodes:stop"])


def started(kworkload: Namespace, name: str) -> tuple[str, int, Any]:
    """A pod's uid, how often its container was restarted, and when it was started."""
    found = kworkload.pod(name).get()
    (status,) = found["status"]["containerStatuses"]
    return found["metadata"]["uid"], status["restartCount"], status["state"].get("running", {}).get("startedAt")


def pod_on(node: str, name: str = "pod") -> dict[str, Any]:
    return workloads.bare_pod(name, pod={**workloads.pod_spec(), "nodeName": node})


def boot(cluster: Cluster, node: str) -> tuple[str, str]:
    found = cluster.node(node).get()
    return found["metadata"]["uid"], found["status"]["nodeInfo"]["bootID"]


@BREAKING
class TestKubelet:
    def test_no_container_restarts(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        kworkload.apply(pod_on("node-1")).wait_ready()
        before, node = started(kworkload, "pod"), kworkload_cluster.node("node-1")
        node.restart_kubelet()
        with node.kubelet_stopped():
            node.wait_unreachable()
        node.wait_ready(0)
        assert started(kworkload, "pod") == before


@BREAKING
class TestFrozen:
    def test_a_replica_is_not_doubled_while_its_node_is_frozen(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        eager = [
            {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 1}
            for key in ("not-ready", "unreachable")
        ]
        pod = {**workloads.pod_spec(), "tolerations": eager}
        db = kworkload.apply(workloads.stateful_set(replicas=2, pod=pod)).wait_ready().stateful_set("db")
        victim = db.pods()[1]
        node = kworkload_cluster.node(victim.node)
        with assert_at_most_one_per_ordinal(db) as replaced, node.frozen():
            node.wait_unreachable()
            terminating(kworkload, victim.uid)
            assert [one.name for one in db.pods()] == ["db-0"], "the replica has to wait for the node's word"
        assert replaced.replaced == ("db-1",)

    def test_a_test_that_fails_leaves_a_whole_node(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        node = kworkload_cluster.node("node-1")
        kworkload.apply(pod_on("node-1")).wait_ready()
        with pytest.raises(WaitTimeout), node.frozen():
            kworkload.pod("pod").delete()
            kworkload.object("Pod", "pod").wait_deleted(1)
        node.wait_ready(0)
        kworkload_cluster.check()


@BREAKING
def test_a_node_that_was_killed_boots_and_runs_its_pods_again(kworkload: Namespace, kworkload_cluster: Cluster) -> None:
    kworkload.apply(pod_on("node-1")).wait_ready()
    (uid, restarts, _), (node_uid, boot_id) = started(kworkload, "pod"), boot(kworkload_cluster, "node-1")
    with kworkload_cluster.node("node-1").killed():
        pass
    kworkload.recording.wait_for(
        lambda history: any(
            one["restartCount"] > restarts and one["ready"]
            for pod in history.objects("Pod").values()
            for one in pod["status"].get("containerStatuses", ())
        ),
        "the container to run again",
        kworkload.deadline(None),
    )
    assert started(kworkload, "pod")[0] == uid
    assert boot(kworkload_cluster, "node-1")[0] == node_uid
    assert boot(kworkload_cluster, "node-1")[1] != boot_id


@pytest.mark.kworkload(nodes=3, needs=["nodes:stop", "nodes:add"])
class TestNodesComeAndGo:
    def test_a_daemon_on_each(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        agent = kworkload.apply(workloads.daemon_set()).wait_ready().daemon_set("agent")
        with kworkload_cluster.node_added() as added:
            placement = assert_one_pod_per_node(agent)
            assert added.name in placement.nodes
        assert added.name not in kworkload_cluster.nodes
        before = boot(kworkload_cluster, "node-1")
        with kworkload_cluster.node("node-1").removed():
            assert "node-1" not in kworkload_cluster.nodes
        assert boot(kworkload_cluster, "node-1")[0] != before[0]
        with pytest.raises(ClusterError, match="node-9"):
            kworkload_cluster.running.faults.start("node-frozen", kworkload.deadline(None), node="node-9")  # type: ignore[union-attr] # it has


@pytest.mark.kworkload(nodes=1, needs=["control-plane:stop"])
class TestControlPlane:
    def test_nothing_reconciles_without_the_controller_manager(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        with kworkload_cluster.stopped("kube-controller-manager"):
            web = kworkload.apply(workloads.deployment(replicas=1)).deployment("web")
            assert kworkload.recording.absent(lambda history: history.objects("ReplicaSet") or None, 1.0) is None
        web.wait_ready()

    def test_a_status_that_nobody_writes(self, kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=1)).wait_ready().deployment("web")
        with kworkload_cluster.stopped("kube-controller-manager"):
            web.scale(2)
            with pytest.raises(GuaranteeViolated) as failure:
                assert_observed(web, timeout=1)
        pinned(failure.value)

    def test_a_claim_of_which_nobody_tells(self, kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
        """Its pod goes while nobody is there to write the claim's status."""
        using = workloads.bare_pod("user", pod=workloads.mounting("data"))
        applied = kworkload.apply([workloads.claim(storage_class="shared"), using]).wait_ready()
        claim, user = applied.claim("data"), applied.pod("user")
        stopped = kworkload_cluster.stopped("kube-controller-manager")
        with stopped, pytest.raises(GuaranteeViolated) as failure, assert_unused_condition(claim):
            user.delete()
            user.wait_deleted()
        pinned(failure.value)

    def test_a_second_controller_of_replica_sets(self, kworkload: Namespace, kworkload_cluster: Cluster, pinned: Pinned) -> None:
        """While the first one is away, it gives the whole new size to the old version."""
        web = in_a_rollout(kworkload)
        stopped = kworkload_cluster.stopped("kube-controller-manager")
        with pytest.raises(GuaranteeViolated) as failure, assert_proportional_scaling(web), stopped:
            scale_by_another(kworkload, web)
        pinned(failure.value)

    def test_nothing_is_placed_without_the_scheduler(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        with kworkload_cluster.stopped("kube-scheduler"):
            kworkload.apply(workloads.bare_pod())
            assert kworkload.recording.absent(lambda history: any(map(placed, history.objects("Pod").values())), 1.0) is None
        kworkload.pod("pod").wait_ready()

    def test_the_recording_has_no_gap_when_the_api_server_is_back(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        before = started(kworkload, "pod")
        for n in range(2):
            for m in range(30):  # so that the storage is ahead of the newest version of most kinds
                kworkload.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"n": f"{n}.{m}"}})
            with kworkload_cluster.stopped("kube-apiserver"), pytest.raises((ApiError, ClusterError)):
                pod.get()
            assert started(kworkload, "pod") == before, "containers run on"
        pod.delete()
        pod.wait_deleted()
        history = kworkload.history()
        assert history.gaps == ()
        assert history.of("Pod")[-1].type == "DELETED"


@pytest.mark.kworkload(needs=["nodes:cordon"])
class TestAdministration:
    """Faults that the API server knows."""

    @pytest.fixture
    def node(self, kworkload_cluster: Cluster) -> Iterator[Any]:
        node = kworkload_cluster.node("node-1")
        before = node.get()["spec"]
        yield node
        assert node.get()["spec"] == before

    def test_a_cordon_leaves_daemons_alone(self, kworkload: Namespace, node: Any) -> None:
        agent = kworkload.apply(workloads.daemon_set()).wait_ready().daemon_set("agent")
        with node.cordoned():
            assert_tolerates_node_conditions(agent)
            kworkload.apply(workloads.bare_pod(pod={**workloads.pod_spec(), "nodeSelector": {"kubernetes.io/hostname": "node-1"}}))
            kworkload.recording.wait_for(
                lambda history: any(map(unschedulable, history.objects("Pod").values())), "the pod to be refused", kworkload.deadline(None)
            )
            assert node.name in [pod.node for pod in agent.pods()]
        assert CORDONED not in taints(node.get())
        kworkload.pod("pod").wait_ready()

    def test_a_drain_moves_pods_and_respects_budgets(self, kworkload: Namespace, node: Any) -> None:
        budget = {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "web"},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
        }
        prefer = {
            "nodeAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 100, "preference": {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}}
                ]
            }
        }
        web = kworkload.apply([budget, workloads.deployment(replicas=2, pod={**workloads.pod_spec(), "affinity": prefer})])
        agent = kworkload.apply(workloads.daemon_set()).wait_ready().daemon_set("agent")
        web.wait_ready()
        kworkload.recording.wait_for(
            lambda history: any(one.get("status", {}).get("disruptionsAllowed") for one in history.objects("PodDisruptionBudget").values()),
            "the budget to allow something",
            kworkload.deadline(None),
        )
        with kworkload.record() as record, node.drained(timeout=30):
            assert node.name not in [pod.node for pod in web.deployment("web").pods()]
            assert node.name in [pod.node for pod in agent.pods()]
        lowest = min(sum(map(available, state.objects.values())) for state in record.history.states("Pod"))
        assert lowest >= 1

    def test_a_drain_that_would_lose_a_pod(self, kworkload: Namespace, node: Any) -> None:
        kworkload.apply(pod_on("node-1")).wait_ready()
        with pytest.raises(ClusterError, match=r"pod: it has no controller, so nothing would bring it back \(force=True\)"), node.drained():
            pytest.fail("the block was entered")
        with node.drained(force=True):
            assert not kworkload.pods(name="pod").now()

    def test_a_taint_that_nothing_tolerates(self, kworkload: Namespace, node: Any) -> None:
        pod = kworkload.apply(pod_on("node-1")).wait_ready().pod("pod")
        with node.tainted("example.com/broken", value="disk", effect="NoExecute"):
            pod.wait_deleted()


def terminating(kworkload: Namespace, uid: str) -> None:
    kworkload.recording.wait_for(
        lambda history: history.objects("Pod")[uid]["metadata"].get("deletionTimestamp"),
        "the pod to be told to go",
        kworkload.deadline(None),
    )


def placed(pod: Any) -> bool:
    return bool(pod["spec"].get("nodeName"))


def conditions(pod: Any) -> dict[str, str]:
    return {one["type"]: one.get("reason", one["status"]) for one in pod.get("status", {}).get("conditions", ())}


def unschedulable(pod: Any) -> bool:
    return conditions(pod).get("PodScheduled") == "Unschedulable"


def available(pod: Any) -> bool:
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in pod.get("status", {}).get("conditions", ()))
    return bool(ready and pod["metadata"]["labels"].get("app") == "web" and not pod["metadata"].get("deletionTimestamp"))
