"""One pod per node."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_one_pod_per_node

from ....cluster import workloads
from ....cluster.actions import ready_workload
from ...scenario import Manifests, Mutant, Scenario, put

ONE_NODE = {"kubernetes.io/hostname": "node-0"}


def every_node(kworkload: Namespace, manifests: Manifests) -> None:
    assert_one_pod_per_node(ready_workload(kworkload, manifests), nodes="all")


def eligible_nodes(kworkload: Namespace, manifests: Manifests) -> None:
    assert_one_pod_per_node(ready_workload(kworkload, manifests))


def _as_a_deployment(manifests: Manifests) -> None:
    manifests[:] = [workloads.deployment("agent", replicas=3)]


SCENARIOS = (
    Scenario(
        "assert_one_pod_per_node",
        workloads.daemon_set,
        every_node,
        (
            Mutant("nodeSelector", "ds-one-per-node", "nodeSelector", put("spec.template.spec.nodeSelector", ONE_NODE)),
            Mutant("a Deployment that is spread by chance", "ds-one-per-node", "kind: DaemonSet", _as_a_deployment),
        ),
        name="all",
    ),
    Scenario(
        "assert_one_pod_per_node",
        workloads.daemon_set,
        eligible_nodes,
        (Mutant("one eligible node", "ds-one-per-node", "nodeSelector", put("spec.template.spec.nodeSelector", ONE_NODE)),),
        name="eligible",
    ),
)
