"""Bare pods, and pods of a ReplicaSet."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import assert_not_recreated, assert_self_heals

from ...cluster import workloads
from ..scenario import Manifests, Mutant, Scenario, put


def not_recreated(kworkload: Any, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    kworkload.apply(workloads.replica_set(replicas=1)).wait_ready()
    with assert_not_recreated(pod):
        pod.delete()


def _not_deleted(kworkload: Any, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_not_recreated(pod):
        pass


def heals(kworkload: Any, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    assert_self_heals(applied.handles[0])


def _under_a_quota(kworkload: Any, manifests: Manifests) -> None:
    applied = kworkload.apply(manifests).wait_ready()
    kworkload.apply(workloads.quota(0)).wait_ready()
    assert_self_heals(applied.handles[0], timeout=5)


def _edited(kworkload: Any, manifests: Manifests) -> None:
    """A ReplicaSet rolls nothing out: its next pod has the new template."""
    web = kworkload.apply(manifests).wait_ready().handles[0]
    web.set_image("main", "busybox:does-not-exist")
    assert_self_heals(web, timeout=5)


SCENARIOS = (
    Scenario(
        "assert_not_recreated",
        workloads.bare_pod,
        not_recreated,
        (
            Mutant("labels that a ReplicaSet selects", "pod-bare-not-recreated", "metadata.labels", put("metadata.labels", {"app": "web"})),
            Mutant("it is not deleted", "pod-bare-not-recreated", "delete()", check=_not_deleted),
        ),
    ),
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
