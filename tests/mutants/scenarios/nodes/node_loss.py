"""What becomes of the pods of a lost node, and what replaces them."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Cluster, Namespace, Workload, assert_rescheduled_after_node_loss

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop


def _impatient() -> dict[str, Any]:
    """A Deployment that tolerates a lost node for a second."""
    return workloads.deployment(replicas=2, pod={**workloads.pod_spec(), "tolerations": workloads.impatient(1)})


def lost(kworkload: Namespace, manifests: Manifests, cluster: Cluster) -> None:
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
        "assert_rescheduled_after_node_loss",
        _impatient,
        lost,
        (
            Mutant(
                "the default tolerations",
                "node-down-replacement",
                "fewer tolerationSeconds (now 300)",
                drop("spec.template.spec.tolerations"),
            ),
            Mutant("a StatefulSet", "node-down-replacement", "out-of-service", _as_a_stateful_set),
            Mutant("a DaemonSet", "node-down-replacement", "kind: Deployment", _as_a_daemon_set),
        ),
        breaks=True,
    ),
)
