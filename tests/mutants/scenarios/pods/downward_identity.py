"""What a pod's containers are told about the pod."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_downward_identity

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop


def knows_itself(kworkload: Namespace, manifests: Manifests) -> None:
    assert_downward_identity(kworkload.apply(manifests).wait_ready().pod("pod"))


def _painted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    assert_downward_identity(pod.patch({"metadata": {"labels": {"colour": "blue"}}}))


SCENARIOS = (
    Scenario(
        "assert_downward_identity",
        workloads.informed,
        knows_itself,
        (
            Mutant("another label since", "pod-downward-identity", "spec.volumes[].downwardAPI", check=_painted),
            Mutant("it is told nothing", "pod-downward-identity", "valueFrom.fieldRef", drop("spec.containers.0.env")),
        ),
    ),
)
