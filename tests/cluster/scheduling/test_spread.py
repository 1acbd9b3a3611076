"""How evenly pods are spread over topology domains."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_topology_spread

from .. import workloads
from ..pinned import Pinned

HOSTNAME = "kubernetes.io/hostname"

pytestmark = pytest.mark.kworkload(nodes=3)


def test_pods_are_spread(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.deployment(replicas=2, pod=workloads.spread())).wait_ready().deployment("web")
    with assert_topology_spread(web, HOSTNAME) as spread:
        web.scale(5)
    assert spread.highest_skew == 1


def test_pods_that_are_spread_by_chance(kworkload: Namespace, pinned: Pinned) -> None:
    pod = workloads.spread(unsatisfiable="ScheduleAnyway")
    web = kworkload.apply(workloads.deployment(replicas=1, pod=pod)).wait_ready().deployment("web")
    with pytest.raises(GuaranteeViolated) as failure, assert_topology_spread(web, HOSTNAME):
        web.scale(3)
    pinned(failure.value)


def test_pods_that_name_their_node(kworkload: Namespace, pinned: Pinned) -> None:
    pod = {**workloads.spread(), "nodeName": "node-0"}
    web = kworkload.apply(workloads.replica_set(replicas=1, pod=pod)).wait_ready().replica_set("web")
    with pytest.raises(GuaranteeViolated) as failure, assert_topology_spread(web, HOSTNAME):
        web.scale(2)
    pinned(failure.value)
