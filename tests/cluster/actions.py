"""What tests of several modules do on a cluster: workloads that are ready, rollouts that are under way."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_kworkload import Claim, DaemonSet, Deployment, Namespace, ReplicaSet, StatefulSet, assert_claim_bound, assert_eventually
from pytest_kworkload.guarantees.rollouts.proportional_scaling import DESIRED, HIGHEST
from pytest_kworkload.workloads.controllers import Workload
from pytest_kworkload.workloads.namespace import Applied

from . import workloads


def ready_stateful_set(kworkload: Namespace, manifests: Any = None, **spec: Any) -> StatefulSet:
    """The StatefulSet db, ready: that of these manifests, or one of three replicas with this in its spec."""
    return kworkload.apply(manifests or workloads.stateful_set(**spec)).wait_ready().stateful_set("db")


def ready_daemon_set(kworkload: Namespace, unavailable: int | str = 1, surge: int | str = 0) -> DaemonSet:
    """A DaemonSet with these bounds of its update that is ready."""
    strategy = workloads.rolling(unavailable, surge)
    return kworkload.apply(workloads.daemon_set(updateStrategy=strategy)).wait_ready().daemon_set("agent")


def ready_workload(kworkload: Namespace, manifests: Any) -> Workload:
    """What the last of these manifests describes, a workload of any kind, ready."""
    return last_workload(kworkload.apply(manifests).wait_ready())


def ready_deployment(kworkload: Namespace, manifests: Any = None, **spec: Any) -> Deployment:
    """The Deployment web, ready: that of these manifests, or one of four replicas with this in its spec."""
    return kworkload.apply(manifests or workloads.deployment(**spec)).wait_ready().deployment("web")


def ready_replica_set(kworkload: Namespace, replicas: int) -> ReplicaSet:
    """A ReplicaSet of this size, ready."""
    return kworkload.apply(workloads.replica_set(replicas=replicas)).wait_ready().replica_set("web")


def begin_rollout(kworkload: Namespace, web: Deployment, pods: tuple[int, ...] = (2, 3)) -> None:
    """Roll out a version that does not become ready, until the ReplicaSets have this many pods, the smallest first."""
    web.patch(workloads.never_ready())
    assert_eventually(
        kworkload.objects("ReplicaSet"),
        lambda sets: tuple(sorted(one["status"]["replicas"] for one in sets)) == pods,
        says=f"ReplicaSets of {pods} pods",
    )


def in_a_rollout(kworkload: Namespace) -> Deployment:
    """A Deployment in the middle of an update that does not go on: three old pods of four, two new ones."""
    web = ready_deployment(kworkload, strategy=workloads.rolling(1, 1))
    begin_rollout(kworkload, web)
    return web


def scale_by_another(kworkload: Namespace, web: Deployment) -> None:
    """To nine replicas; the old version gets all that are new, noted as the Deployment's controller would, which has to be away."""
    older = max(web.replica_sets(), key=lambda one: int(one["spec"]["replicas"]))["metadata"]["name"]
    web.scale(9)
    noted = {DESIRED: "9", HIGHEST: "10"}
    kworkload.object("ReplicaSet", older).patch({"metadata": {"annotations": noted}, "spec": {"replicas": 8}})


def replace_one_pod(kworkload: Namespace, agent: DaemonSet) -> None:
    """Roll out a version that does not start, until one pod of the DaemonSet has it."""
    old = {pod.uid for pod in agent.pods()}
    agent.set_image("main", "registry.invalid/agent:does-not-exist")
    new = kworkload.pods("app=agent")
    assert_eventually(new, lambda pods: any(one["metadata"]["uid"] not in old for one in pods), says="one is replaced")


def last_workload(applied: Applied) -> Workload:
    """The handle of the last manifest, where its kind differs from mutant to mutant."""
    handle = applied.handles[-1]
    assert isinstance(handle, Workload)
    return handle


def own_label(kworkload: Namespace) -> dict[str, str]:
    """A node label that no other test asks for: with it a node stays as it is for them."""
    return {f"{kworkload.name}/mine": "yes"}


@contextmanager
def labelled(kworkload: Namespace, node: str) -> Iterator[None]:
    """The node has the test's own label."""
    label = own_label(kworkload)
    kworkload.client.patch("Node", node, {"metadata": {"labels": label}}, type="merge")
    try:
        yield
    finally:
        kworkload.client.patch("Node", node, {"metadata": {"labels": dict.fromkeys(label)}}, type="merge")


def preemptor(kworkload: Namespace, value: int = 1000, port: int = 0, **more: Any) -> dict[str, Any]:
    """A pod of this priority for a host port; 0 is the one that another pod of the test holds."""
    held = 20000 + zlib.crc32(kworkload.name.encode()) % 10000  # the port is the node's, and so shared by all tests
    important = f"{kworkload.name}-important"
    kworkload.apply(workloads.priority_class(important, value, **more))
    kworkload.apply(workloads.bare_pod("low", pod=workloads.holding(held))).wait_ready()
    return workloads.bare_pod("high", pod=workloads.holding(port or held, priorityClassName=important))


def growing_claim(kworkload: Namespace, *, resized: bool = True) -> Claim:
    """A bound claim whose class allows it to grow; its volume is one of the cluster's provisioner, or of nobody who would resize it."""
    name = f"{kworkload.name}-grows"
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}, "allowVolumeExpansion": True}
    if resized:
        kworkload.apply({**kind, "provisioner": "kworkload.io/directory", "parameters": {"shared": "true"}})
    else:
        volume = workloads.volume(name)
        volume["spec"]["storageClassName"] = name
        kworkload.apply([{**kind, "provisioner": "example.com/none"}, volume])
    claim = kworkload.apply(workloads.claim(storage_class=name)).claim("data")
    assert_claim_bound(claim)
    return claim
