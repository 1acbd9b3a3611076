"""What a claim says about its use."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_unused_condition

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _used() -> Manifests:
    return [workloads.claim(storage_class="shared"), workloads.user()]


def follows(kworkload: Namespace, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    with assert_unused_condition(applied.claim("data")):
        applied.pod("user").delete()
        applied.pod("user").wait_deleted()


def _used_unbound(kworkload: Namespace, manifests: Manifests) -> None:
    *claims, pod = manifests
    claim = kworkload.apply(claims).claim("data")
    with assert_unused_condition(claim):
        kworkload.apply(pod)


def _used_all_the_time(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_unused_condition(kworkload.apply(manifests).wait_ready().claim("data")):
        pass


SCENARIOS = (
    Scenario(
        "assert_unused_condition",
        _used,
        follows,
        (
            Mutant(
                "nobody binds it",
                "pvc-unused-condition",
                "why the claim is not bound",
                put("spec.storageClassName", "nobody", "PersistentVolumeClaim"),
                _used_unbound,
            ),
            Mutant("used all the time", "pvc-unused-condition", "let a pod that uses it come or go", check=_used_all_the_time),
            Mutant(
                "another claim is used",
                "pvc-unused-condition",
                "let a pod that uses it come or go",
                put("spec.volumes", [{"name": "data", "emptyDir": {}}], "Pod"),
            ),
        ),
    ),
)
