"""Daemon pods come and go with the nodes: on a cluster that others use too, with a label of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pytest_kworkload import Namespace, Workload, assert_follows_nodes

from ....cluster import workloads
from ....cluster.actions import labelled, own_label
from ...scenario import Manifests, Mutant, Scenario


@contextmanager
def _on_node_0(kworkload: Namespace, manifests: Manifests, timeout: float | None = None) -> Iterator[Workload]:
    """The workload on a node with a label of this test; in the block another one has that label too."""
    manifests[-1]["spec"]["template"]["spec"]["nodeSelector"] = own_label(kworkload)
    with labelled(kworkload, "node-0"), ExitStack() as labels:
        agent = kworkload.apply(manifests).wait_ready().find(Workload, None)
        with assert_follows_nodes(agent, timeout=timeout):
            labels.enter_context(labelled(kworkload, "node-1"))
            yield agent


def follows(kworkload: Namespace, manifests: Manifests) -> None:
    with _on_node_0(kworkload, manifests):
        pass


def _nothing_follows(kworkload: Namespace, manifests: Manifests) -> None:
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


SCENARIOS = (
    Scenario(
        "assert_follows_nodes",
        workloads.daemon_set,
        follows,
        (
            Mutant("a quota", "ds-follows-nodes", "what the warning names", _under_a_quota, _nothing_follows),
            Mutant("a Deployment", "ds-follows-nodes", "kind: DaemonSet", _as_a_deployment, _nothing_follows),
            Mutant("a pod is deleted", "ds-follows-nodes", "takes its pods away in the block", check=_deleted_meanwhile),
            Mutant("the template changes", "ds-follows-nodes", "leave the template", check=_updated_meanwhile),
        ),
    ),
)
