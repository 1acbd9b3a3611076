"""The nodes in trouble on which a DaemonSet's pods stay."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_tolerates_node_conditions

from ....cluster import workloads
from ....cluster.actions import ready_workload
from ...scenario import Manifests, Mutant, Scenario, put


def _as_a_deployment(manifests: Manifests) -> None:
    manifests[:] = [workloads.deployment("agent", replicas=3)]


def tolerant(kworkload: Namespace, manifests: Manifests) -> None:
    assert_tolerates_node_conditions(ready_workload(kworkload, manifests))


def _nowhere(kworkload: Namespace, manifests: Manifests) -> None:
    assert_tolerates_node_conditions(kworkload.apply(manifests).daemon_set("agent"))


SCENARIOS = (
    Scenario(
        "assert_tolerates_node_conditions",
        workloads.daemon_set,
        tolerant,
        (
            Mutant("a Deployment", "ds-tolerations", "kind: DaemonSet", _as_a_deployment),
            Mutant(
                "no node",
                "ds-tolerations",
                "a template that admits a node",
                put("spec.template.spec.nodeSelector", {"kubernetes.io/hostname": "nowhere"}),
                check=_nowhere,
            ),
        ),
    ),
)
