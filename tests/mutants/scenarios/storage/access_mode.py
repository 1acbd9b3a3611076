"""Claims that one pod at a time may use."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_access_mode_enforced

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _first_and_second() -> Manifests:
    return [workloads.claim(mode="ReadWriteOncePod"), workloads.user("first"), workloads.user("second")]


def refused(kworkload: Namespace, manifests: Manifests) -> None:
    *before, second = manifests
    claim = kworkload.apply(before).wait_ready().claim("data")
    with assert_access_mode_enforced(claim, "ReadWriteOncePod", settle=1):
        kworkload.apply(second)


def _past_the_scheduler(kworkload: Namespace, manifests: Manifests) -> None:
    *before, second = manifests
    applied = kworkload.apply(before).wait_ready()
    second["spec"]["nodeName"] = applied.pod("first").node
    with assert_access_mode_enforced(applied.claim("data"), "ReadWriteOncePod", settle=1):
        kworkload.apply(second)


SCENARIOS = (
    Scenario(
        "assert_access_mode_enforced",
        _first_and_second,
        refused,
        (
            Mutant(
                "ReadWriteOnce",
                "pv-access-rwop",
                "spec.accessModes: [ReadWriteOncePod]",
                put("spec.accessModes", ["ReadWriteOnce"], "PersistentVolumeClaim"),
            ),
            Mutant("a pod that names its node", "pv-access-rwop", "spec.nodeName of pod second", check=_past_the_scheduler),
        ),
    ),
)
