"""Pods that go on running, whatever happens around them."""

from __future__ import annotations

from collections.abc import Callable

from pytest_kworkload import Namespace, ReplicaSet, assert_undisturbed

from ....cluster import workloads
from ...scenario import Check, Manifests, Mutant, Scenario


def undisturbed(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_undisturbed(web, settle=1):
        kworkload.apply(workloads.bare_pod("neighbour")).wait_ready()


def _disturbed_by(action: Callable[[ReplicaSet], object]) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = kworkload.apply(manifests).wait_ready().replica_set("web")
        with assert_undisturbed(web, settle=5):
            action(web)

    return check


SCENARIOS = (
    Scenario(
        "assert_undisturbed",
        lambda: workloads.replica_set(pod=workloads.pod_spec(command=workloads.STOPPABLE)),
        undisturbed,
        (
            Mutant("a pod is evicted", "undisturbed", "a PodDisruptionBudget", check=_disturbed_by(lambda web: web.pods()[0].evict())),
            Mutant("a container ends", "undisturbed", "why it ended", check=_disturbed_by(lambda web: web.pods()[0].exec(workloads.STOP))),
            Mutant("one more is asked for", "undisturbed", "what touches the pods", check=_disturbed_by(lambda web: web.scale(4))),
        ),
    ),
)
