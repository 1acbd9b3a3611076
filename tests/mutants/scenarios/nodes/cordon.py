"""Where new pods go while a node is cordoned."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Cluster, Namespace, assert_cordon_respected

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

NODE = "node-1"


def _drawn_there() -> dict[str, Any]:
    """A Deployment whose pods are placed on the node if they may."""
    term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}]}
    preferred = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": term}]}
    return workloads.deployment(replicas=1, pod={**workloads.pod_spec(), "affinity": {"nodeAffinity": preferred}})


def cordoned(kworkload: Namespace, manifests: Manifests, cluster: Cluster) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    node = cluster.node(NODE)
    with node.cordoned(), assert_cordon_respected(web, node):
        web.scale(3)


SCENARIOS = (
    Scenario(
        "assert_cordon_respected",
        _drawn_there,
        cordoned,
        (
            Mutant(
                "a toleration",
                "node-cordon",
                "spec.template.spec.tolerations: none for node.kubernetes.io/unschedulable",
                put("spec.template.spec.tolerations", [{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}]),
            ),
            Mutant("nodeName", "node-cordon", "spec.template.spec.nodeName: leave it out", put("spec.template.spec.nodeName", NODE)),
        ),
        breaks=True,
    ),
)
