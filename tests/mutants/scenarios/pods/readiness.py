"""When a pod is Ready."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_not_ready_before, assert_pod_ready

from ....cluster.pods.actions import GATE, bare, containers_ready
from ...scenario import Check, Manifests, Mutant, Scenario, drop, put


def ready(kworkload: Namespace, manifests: Manifests) -> None:
    assert_pod_ready(kworkload.apply(manifests).pod("pod"))


def _not_ready_soon(kworkload: Namespace, manifests: Manifests) -> None:
    assert_pod_ready(kworkload.apply(manifests).pod("pod"), timeout=5)


def _held_back(*conditions: str, late: bool = True) -> Check:
    """Set these conditions, in this order, when the containers are ready (`late`) or at once."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        pod = kworkload.pod("pod", expected=True)
        with assert_not_ready_before(pod, GATE):
            kworkload.apply(manifests)
            if late:
                containers_ready(kworkload)
            for one in conditions:
                pod.set_condition(one)

    return check


SCENARIOS = (
    Scenario(
        "assert_pod_ready",
        bare,
        ready,
        (
            Mutant("no readiness probe", "pod-readiness", "readinessProbe", drop("spec.containers.0.readinessProbe")),
            Mutant(
                "a probe that fails",
                "pod-readiness",
                "what its state names",
                put("spec.containers.0.readinessProbe.exec.command", ["false"]),
                _not_ready_soon,
            ),
        ),
    ),
    Scenario(
        "assert_not_ready_before",
        lambda: bare(readinessGates=[{"conditionType": GATE}]),
        _held_back(GATE),
        (
            Mutant("no such gate", "pod-readiness", "spec.readinessGates", drop("spec.readinessGates")),
            Mutant("somebody says that it is Ready", "pod-readiness", "writes the pod's status", check=_held_back("Ready", GATE)),
            Mutant("the gate is set too early", "pod-readiness", "when the containers are ready", check=_held_back(GATE, late=False)),
        ),
    ),
)
