"""Which pods go when a workload is scaled down."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_scale_down_victims

from ....cluster import workloads
from ...scenario import Check, Manifests, Mutant, Scenario


def _victim(cost: int, expected: int) -> Check:
    """The second pod gets a cost; the expected one has this index."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = kworkload.apply(manifests).wait_ready().replica_set("web")
        pods = web.pods()
        pods[1].patch(workloads.deletion_cost(cost))
        with assert_scale_down_victims(web, [pods[expected]]):
            web.scale(1)

    return check


def _all_go(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_scale_down_victims(web, web.pods()):
        web.scale(0)


SCENARIOS = (
    Scenario(
        "assert_scale_down_victims",
        lambda: workloads.replica_set(replicas=2),
        _victim(-10, expected=1),
        (
            Mutant("the other pod is cheaper", "rs-scale-down-victims", "pod-deletion-cost", check=_victim(-10, expected=0)),
            Mutant("the expected pod is dearer", "rs-scale-down-victims", "pod-deletion-cost", check=_victim(10, expected=1)),
            Mutant("all go", "rs-scale-down-victims", "at least 1", check=_all_go),
        ),
    ),
)
