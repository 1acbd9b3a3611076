"""A claim that waits for its first pod."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_waits_for_first_consumer

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _used() -> Manifests:
    return [workloads.claim(), workloads.user()]


def waits(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests[0]).claim("data")
    with assert_waits_for_first_consumer(claim, settle=1):
        kworkload.apply(manifests[1])


def _used_before(kworkload: Namespace, manifests: Manifests) -> None:
    claim = kworkload.apply(manifests).claim("data")
    with assert_waits_for_first_consumer(claim, settle=0):
        pass


SCENARIOS = (
    Scenario(
        "assert_waits_for_first_consumer",
        _used,
        waits,
        (
            Mutant(
                "Immediate",
                "pvc-wait-first-consumer",
                "volumeBindingMode: WaitForFirstConsumer (now shared)",
                put("spec.storageClassName", "shared", "PersistentVolumeClaim"),
            ),
            Mutant("used before", "pvc-wait-first-consumer", "apply the pod in the block", check=_used_before),
        ),
    ),
)
