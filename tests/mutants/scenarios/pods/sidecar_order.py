"""The order in which sidecars start and end."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_sidecar_order

from ....cluster import workloads
from ....cluster.pods.actions import bare, container
from ...scenario import Manifests, Mutant, Scenario, put

SLOW_END = "trap 'sleep 3; exit 0' TERM; touch /tmp/ready; while :; do sleep 1 & wait $!; done"


def served(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_sidecar_order(pod):
        pod.delete()


def _beside(manifests: Manifests) -> None:
    """The sidecar as one more container of the pod."""
    spec = manifests[0]["spec"]
    side = spec.pop("initContainers")[0]
    del side["restartPolicy"]
    spec["containers"].append(side)


SCENARIOS = (
    Scenario(
        "assert_sidecar_order",
        lambda: bare(
            initContainers=[workloads.sidecar()],
            containers=container(command=["sh", "-c", SLOW_END]),
            terminationGracePeriodSeconds=10,
        ),
        served,
        (
            Mutant("a container beside the others", "pod-sidecar-order", "restartPolicy: Always", _beside),
            Mutant(
                "a hook that ends the sidecar",
                "pod-sidecar-order",
                "lifecycle.preStop",
                put("spec.initContainers.0.lifecycle", workloads.pre_stop("kill -TERM 1")),
            ),
        ),
    ),
)
