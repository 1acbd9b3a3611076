"""One pod per node."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_one_pod_per_node

from .. import workloads
from ..pinned import Pinned


class TestOnePodPerNode:
    def test_one_pod_per_node_on_every_node(self, kworkload: Namespace) -> None:
        agent = kworkload.apply(workloads.daemon_set()).daemon_set("agent")
        evidence = assert_one_pod_per_node(agent)
        assert len(evidence.nodes) >= 3

    def test_one_pod_per_node_with_a_node_left_out(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeSelector": {"kubernetes.io/hostname": "node-0"}}
        agent = kworkload.apply(workloads.daemon_set(pod=pod)).wait_ready().daemon_set("agent")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_one_pod_per_node(agent, nodes="all")
        pinned(failure.value)

    def test_one_pod_per_node_is_vacuous_on_one(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = {**workloads.pod_spec(), "nodeSelector": {"kubernetes.io/hostname": "node-0"}}
        agent = kworkload.apply(workloads.daemon_set(pod=pod)).wait_ready().daemon_set("agent")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_one_pod_per_node(agent)
        pinned(failure.value)
