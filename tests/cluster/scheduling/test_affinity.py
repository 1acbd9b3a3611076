"""Pods that are placed apart from others, or together with them."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_pod_affinity

from .. import workloads
from ..pinned import Pinned

HOSTNAME = "kubernetes.io/hostname"

pytestmark = pytest.mark.kworkload(nodes=3)


def test_pods_apart(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.replica_set(replicas=1, pod=workloads.apart(workloads.pod_spec(), "web"))).wait_ready()
    with assert_pod_affinity(web.replica_set("web"), HOSTNAME, "apart") as affinity:
        web.replica_set("web").scale(3)
    assert len(set(affinity.placed.values())) == 2


def test_pods_together(kworkload: Namespace) -> None:
    kworkload.apply(workloads.bare_pod("cache", pod={**workloads.pod_spec(), "nodeSelector": {HOSTNAME: "node-1"}})).wait_ready()
    web = kworkload.replica_set("web", expected=True)
    with assert_pod_affinity(web, HOSTNAME, "together") as affinity:
        kworkload.apply(workloads.replica_set(replicas=2, pod=workloads.together(workloads.pod_spec(), "cache")))
    assert set(affinity.placed.values()) == {"node-1"}


def test_pods_that_must_be_apart_and_name_their_node(kworkload: Namespace, pinned: Pinned) -> None:
    pod = {**workloads.pod_spec(), "nodeName": "node-0"}
    web = kworkload.apply(workloads.replica_set(replicas=1, pod=pod)).wait_ready().replica_set("web")
    with pytest.raises(GuaranteeViolated) as failure, assert_pod_affinity(web, HOSTNAME, "apart"):
        web.scale(2)
    pinned(failure.value)
