"""Pods that are disrupted, and say why."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_disruption_target

from ....cluster.pods.actions import bare
from ...scenario import Manifests, Mutant, Scenario


def evicted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_disruption_target(pod):
        pod.evict()


def _deleted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_disruption_target(pod):
        pod.delete()


def _for_another_reason(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_disruption_target(pod, "PreemptionByScheduler"):
        pod.evict()


SCENARIOS = (
    Scenario(
        "assert_disruption_target",
        bare,
        evicted,
        (
            Mutant("a plain deletion", "pod-disruption-target", "evict()", check=_deleted),
            Mutant("another reason", "pod-disruption-target", "reason='EvictionByEvictionAPI'", check=_for_another_reason),
        ),
    ),
)
