"""Budgets of disruptions: what they count, what they let go, and what a drain leaves."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    Cluster,
    GuaranteeViolated,
    Namespace,
    assert_budget_counts,
    assert_cordon_respected,
    assert_drain_respects_pdb,
    assert_eviction_allowed,
    assert_eviction_blocked,
    assert_undisturbed,
)
from pytest_kworkload.objects.readiness import unready

from .. import workloads
from ..pinned import Pinned

GATE = "example.com/serving"


def guarded(kworkload: Namespace, *, replicas: int = 2, pod: Any = None, **spec: Any) -> Any:
    """A ReplicaSet and its budget."""
    return kworkload.apply([workloads.budget(**spec), workloads.replica_set(replicas=replicas, pod=pod)])


def half_ready(kworkload: Namespace, **spec: Any) -> Any:
    """Two pods, of which the first one is not Ready."""
    applied = guarded(kworkload, pod={**workloads.pod_spec(), "readinessGates": [{"conditionType": GATE}]}, **spec)
    web = applied.replica_set("web")
    kworkload.recording.wait_for(lambda history: len(history.objects("Pod")) == 2, "the pods to be there", kworkload.deadline(None))
    for pod in web.pods():
        pod.set_condition(GATE)
    applied.wait_ready()
    pod = web.pods()[0].set_condition(GATE, False)
    kworkload.recording.wait_for(lambda history: unready(history.objects("Pod")[pod.uid]), f"{pod} to be unready", kworkload.deadline(None))
    return applied, pod


class TestBudgetCounts:
    def test_a_percentage_of_what_the_controller_wants(self, kworkload: Namespace) -> None:
        manifest = [workloads.budget(maxUnavailable="50%"), workloads.deployment(replicas=3)]
        applied = kworkload.apply(manifest).wait_ready()
        budget = assert_budget_counts(applied.handles[0], needed=1)
        assert (budget.expected, budget.needed, budget.healthy, budget.allowed) == (3, 1, 3, 2)

    def test_a_budget_that_cannot_be_counted(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.budget(app="agent", maxUnavailable=1), workloads.daemon_set()])
        applied.daemon_set("agent").wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_budget_counts(applied.handles[0])
        pinned(failure.value)


class TestEvictionAllowed:
    def test_a_pod_that_is_not_ready(self, kworkload: Namespace) -> None:
        applied, pod = half_ready(kworkload, minAvailable=2)
        budget = applied.handles[0]
        blocked = assert_eviction_blocked(budget, pod)
        assert (blocked.healthy, blocked.needed) == (1, 2)
        budget.patch({"spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"}}, type="merge")
        assert assert_eviction_allowed(budget, pod).pod == pod.name

    def test_a_pod_that_is_not_ready_and_has_to_stay(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied, pod = half_ready(kworkload, minAvailable=2)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_eviction_allowed(applied.handles[0], pod)
        pinned(failure.value)

    def test_a_pod_that_is_not_ready_and_may_go(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied, pod = half_ready(kworkload, minAvailable=2, unhealthyPodEvictionPolicy="AlwaysAllow")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_eviction_blocked(applied.handles[0], pod)
        pinned(failure.value)


@pytest.mark.kworkload(nodes=3, needs=["nodes:cordon"])
class TestDrain:
    def test_a_drain_leaves_enough(self, kworkload: Namespace, kworkload_cluster: Cluster) -> None:
        applied = kworkload.apply([workloads.budget(minAvailable=3), workloads.deployment(replicas=4), workloads.daemon_set()]).wait_ready()
        web, agent = applied.deployment("web"), applied.daemon_set("agent")
        node = kworkload_cluster.node(web.pods()[0].node)
        with (
            assert_drain_respects_pdb(applied.handles[0]) as drain,
            assert_undisturbed(agent, settle=1),
            node.drained(),
            assert_cordon_respected(web, node) as cordon,
        ):
            web.scale(6)
        assert drain.evicted
        assert drain.lowest_healthy >= drain.needed == 3
        assert node.name not in cordon.placed.values()


class TestDeletions:
    def test_a_deletion_asks_no_budget(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = guarded(kworkload, replicas=3, minAvailable=2).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_drain_respects_pdb(applied.handles[0]):
            for pod in applied.replica_set("web").pods()[:2]:
                pod.delete()
        pinned(failure.value)

    def test_a_budget_that_lets_nobody_go(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = guarded(kworkload, minAvailable=2).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure, assert_drain_respects_pdb(applied.handles[0]):
            pytest.fail("the block was entered")
        pinned(failure.value)
