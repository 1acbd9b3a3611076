"""Nodes: what comes and goes with them, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from pytest_kworkload import (
    Namespace,
    Workload,
    assert_cordon_respected,
    assert_follows_nodes,
    assert_rescheduled_after_node_loss,
    assert_taint_evicts,
    assert_undisturbed,
)

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put

NODE, TAINT = "node-1", "example.com/broken"
TOLERATIONS = "spec.template.spec.tolerations"
ONLY = {"kubernetes.io/hostname": NODE}


# On a cluster that others use too: a label of one's own changes nothing for them.


@contextmanager
def _labelled(kworkload: Namespace, node: str) -> Iterator[None]:
    key = f"{kworkload.name}/mine"
    kworkload.client.patch("Node", node, {"metadata": {"labels": {key: "yes"}}}, type="merge")
    try:
        yield
    finally:
        kworkload.client.patch("Node", node, {"metadata": {"labels": {key: None}}}, type="merge")


@contextmanager
def _on_node_0(kworkload: Namespace, manifests: Manifests, timeout: float | None = None) -> Iterator[Any]:
    """The workload on a node with a label of this test; in the block another one has that label too."""
    manifests[-1]["spec"]["template"]["spec"]["nodeSelector"] = {f"{kworkload.name}/mine": "yes"}
    with _labelled(kworkload, "node-0"), ExitStack() as labels:
        agent = kworkload.apply(manifests).wait_ready().find(Workload, None)
        with assert_follows_nodes(agent, timeout=timeout):
            labels.enter_context(_labelled(kworkload, NODE))
            yield agent


def follows(kworkload: Namespace, manifests: Manifests) -> None:
    with _on_node_0(kworkload, manifests):
        pass


def _nobody_follows(kworkload: Namespace, manifests: Manifests) -> None:
    with _on_node_0(kworkload, manifests, timeout=5):
        pass


def _deleted_meanwhile(kworkload: Namespace, manifests: Manifests) -> None:
    with _on_node_0(kworkload, manifests) as agent:
        next(pod for pod in agent.pods() if pod.node == "node-0").delete()


def _updated_meanwhile(kworkload: Namespace, manifests: Manifests) -> None:
    with _on_node_0(kworkload, manifests) as agent:
        agent.patch(workloads.new_version())


def _under_a_quota(manifests: Manifests) -> None:
    manifests.insert(0, workloads.quota(1))


def _as_a_deployment(manifests: Manifests) -> None:
    manifests[:] = [workloads.deployment("agent", replicas=1)]


def undisturbed(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_undisturbed(web, settle=1):
        kworkload.apply(workloads.bare_pod("neighbour")).wait_ready()


def _disturbed(kworkload: Namespace, manifests: Manifests, how: Any) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_undisturbed(web, settle=5):
        how(web)


# On a cluster of one's own.


def _tolerant(*tolerations: dict[str, Any], replicas: int = 2, **spec: Any) -> Any:
    pod = {**workloads.pod_spec(), "tolerations": list(tolerations), **spec}
    return lambda: workloads.deployment(replicas=replicas, pod=pod)


def _drawn_there() -> Any:
    """A Deployment whose pods come to the node if they may."""
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}]}
    preferred = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": term}]}
    return workloads.deployment(replicas=1, pod={**workloads.pod_spec(), "affinity": {"nodeAffinity": preferred}})


def cordoned(kworkload: Namespace, manifests: Manifests, cluster: Any) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    node = cluster.node(NODE)
    with node.cordoned(), assert_cordon_respected(web, node):
        web.scale(3)


def tainted(kworkload: Namespace, manifests: Manifests, cluster: Any) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with ExitStack() as faults, assert_taint_evicts(web, cluster.node(NODE), TAINT, after=1):
        faults.enter_context(cluster.node(NODE).tainted(TAINT, effect="NoExecute"))


def _tainted_and_deleted(kworkload: Namespace, manifests: Manifests, cluster: Any) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    pods = web.pods()
    with ExitStack() as faults, assert_taint_evicts(web, cluster.node(NODE), TAINT, after=1):
        pods[0].delete()
        faults.enter_context(cluster.node(NODE).tainted(TAINT, effect="NoExecute"))


def lost(kworkload: Namespace, manifests: Manifests, cluster: Any) -> None:
    workload = kworkload.apply(manifests).wait_ready().find(Workload, None)
    node = cluster.node(workload.pods()[0].node)
    with node.frozen():
        assert_rescheduled_after_node_loss(workload, node, timeout=40)


def _as_a_stateful_set(manifests: Manifests) -> None:
    manifests[:] = workloads.stateful_set(replicas=2, pod=manifests[0]["spec"]["template"]["spec"])


def _as_a_daemon_set(manifests: Manifests) -> None:
    manifests[:] = [workloads.daemon_set(pod=manifests[0]["spec"]["template"]["spec"])]


SCENARIOS = (
    Scenario(
        "assert_follows_nodes",
        workloads.daemon_set,
        follows,
        (
            Mutant("a quota", "ds-follows-nodes", "what the warning names", _under_a_quota, _nobody_follows),
            Mutant("a Deployment", "ds-follows-nodes", "kind: DaemonSet", _as_a_deployment, _nobody_follows),
            Mutant("a pod is deleted", "ds-follows-nodes", "what takes its pods away", check=_deleted_meanwhile),
            Mutant("the template changes", "ds-follows-nodes", "leave the template", check=_updated_meanwhile),
        ),
    ),
    Scenario(
        "assert_undisturbed",
        lambda: workloads.replica_set(pod=workloads.pod_spec(command=workloads.STOPPABLE)),
        undisturbed,
        (
            Mutant(
                "a pod is evicted",
                "undisturbed",
                "a PodDisruptionBudget",
                check=lambda kworkload, manifests: _disturbed(kworkload, manifests, lambda web: web.pods()[0].evict()),
            ),
            Mutant(
                "a container ends",
                "undisturbed",
                "the container that ended",
                check=lambda kworkload, manifests: _disturbed(kworkload, manifests, lambda web: web.pods()[0].exec(workloads.STOP)),
            ),
            Mutant(
                "one more is asked for",
                "undisturbed",
                "what touches the pods",
                check=lambda kworkload, manifests: _disturbed(kworkload, manifests, lambda web: web.scale(4)),
            ),
        ),
    ),
    Scenario(
        "assert_cordon_respected",
        _drawn_there,
        cordoned,
        (
            Mutant(
                "a toleration",
                "node-cordon",
                "spec.template.spec.tolerations: none for node.kubernetes.io/unschedulable",
                put(TOLERATIONS, [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]),
            ),
            Mutant("nodeName", "node-cordon", "spec.template.spec.nodeName: leave it out", put("spec.template.spec.nodeName", NODE)),
        ),
        breaks=True,
    ),
    Scenario(
        "assert_taint_evicts",
        _tolerant(workloads.tolerating(TAINT, 1), nodeSelector=ONLY),
        tainted,
        (
            Mutant("no toleration", "taint-noexecute", "tolerationSeconds: 1", drop(TOLERATIONS)),
            Mutant("no limit", "taint-noexecute", "tolerationSeconds: 1", drop(f"{TOLERATIONS}.0.tolerationSeconds")),
            Mutant("a pod is deleted", "taint-noexecute", "what else deletes", check=_tainted_and_deleted),
        ),
        breaks=True,
    ),
    Scenario(
        "assert_rescheduled_after_node_loss",
        _tolerant(*workloads.impatient(1)),
        lost,
        (
            Mutant("the default tolerations", "node-down-replacement", "fewer tolerationSeconds (now 300)", drop(TOLERATIONS)),
            Mutant("a StatefulSet", "node-down-replacement", "out-of-service", _as_a_stateful_set),
            Mutant("a DaemonSet", "node-down-replacement", "kind: a Deployment", _as_a_daemon_set),
        ),
        breaks=True,
    ),
)
