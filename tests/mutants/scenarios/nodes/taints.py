"""Which pods a NoExecute taint evicts, and when."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from pytest_kworkload import Cluster, Namespace, assert_taint_evicts

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop

NODE, TAINT = "node-1", "example.com/broken"
TOLERATIONS = "spec.template.spec.tolerations"


def _tolerant() -> dict[str, Any]:
    """A Deployment on the node that tolerates the taint for a second."""
    there = {"tolerations": [workloads.tolerating(TAINT, 1)], "nodeSelector": {"kubernetes.io/hostname": NODE}}
    return workloads.deployment(replicas=2, pod={**workloads.pod_spec(), **there})


def tainted(kworkload: Namespace, manifests: Manifests, cluster: Cluster) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with ExitStack() as faults, assert_taint_evicts(web, cluster.node(NODE), TAINT, after=1):
        faults.enter_context(cluster.node(NODE).tainted(TAINT, effect="NoExecute"))


def _tainted_and_deleted(kworkload: Namespace, manifests: Manifests, cluster: Cluster) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    pods = web.pods()
    with ExitStack() as faults, assert_taint_evicts(web, cluster.node(NODE), TAINT, after=1):
        pods[0].delete()
        faults.enter_context(cluster.node(NODE).tainted(TAINT, effect="NoExecute"))


SCENARIOS = (
    Scenario(
        "assert_taint_evicts",
        _tolerant,
        tainted,
        (
            Mutant("no toleration", "taint-noexecute", "tolerationSeconds: 1", drop(TOLERATIONS)),
            Mutant("no limit", "taint-noexecute", "tolerationSeconds: 1", drop(f"{TOLERATIONS}.0.tolerationSeconds")),
            Mutant("a pod is deleted", "taint-noexecute", "what else deletes", check=_tainted_and_deleted),
        ),
        breaks=True,
    ),
)
