"""Pods that come back."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_self_heals

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario


def heals(kworkload: Namespace, manifests: Manifests) -> None:
    assert_self_heals(kworkload.apply(manifests).wait_ready().replica_set("web"))


def _under_a_quota(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    kworkload.apply(workloads.quota(0)).wait_ready()
    assert_self_heals(web, timeout=5)


def _edited(kworkload: Namespace, manifests: Manifests) -> None:
    """A ReplicaSet rolls nothing out: its next pod has the new template."""
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    web.set_image("main", "busybox:does-not-exist")
    assert_self_heals(web, timeout=5)


SCENARIOS = (
    Scenario(
        "assert_self_heals",
        workloads.replica_set,
        heals,
        (
            Mutant("a quota forbids the replacement", "self-heal", "a quota", check=_under_a_quota),
            Mutant("a new template that does not run", "self-heal", "what the warning names", check=_edited),
        ),
    ),
)
