"""The order in which the init containers of a pod run."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_init_order

from ....cluster import workloads
from ....cluster.pods.actions import bare
from ...scenario import Manifests, Mutant, Scenario, drop, put


def in_order(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_init_order(kworkload.pod("pod", expected=True)):
        kworkload.apply(manifests)


def _start_not_seen(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_init_order(pod):
        pass


def _said_otherwise(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.pod("pod", expected=True)
    with assert_init_order(pod):
        kworkload.apply(manifests).wait_ready()
        pod.set_condition("Initialized", False)


SCENARIOS = (
    Scenario(
        "assert_init_order",
        lambda: bare(initContainers=[workloads.init_container("one", "sleep 1")]),
        in_order,
        (
            Mutant("no init container", "pod-init-order", "spec.initContainers", drop("spec.initContainers")),
            Mutant("a sidecar instead", "pod-init-order", "without a restartPolicy", put("spec.initContainers.0", workloads.sidecar())),
            Mutant("its start is not seen", "pod-init-order", "apply it in the block", check=_start_not_seen),
            Mutant("somebody says that it is not initialized", "pod-init-order", "what writes the pod's status", check=_said_otherwise),
        ),
    ),
)
