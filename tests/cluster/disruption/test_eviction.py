"""Which evictions a budget refuses, and which it allows."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, Pod, assert_eviction_allowed, assert_eviction_blocked
from pytest_kworkload.objects.readiness import unready
from pytest_kworkload.workloads.handle import Handle

from .. import workloads
from ..pinned import Pinned

GATE = "example.com/serving"


def guarded(kworkload: Namespace, **spec: Any) -> tuple[Handle, Pod]:
    """A budget, and one of the two pods of its ReplicaSet."""
    applied = kworkload.apply([workloads.budget(**spec), workloads.replica_set(replicas=2)]).wait_ready()
    return applied.handles[0], applied.replica_set("web").pods()[0]


def half_ready(kworkload: Namespace, **spec: Any) -> tuple[Handle, Pod]:
    """A budget, and the one of the two pods of its ReplicaSet that is not Ready."""
    gated = {**workloads.pod_spec(), "readinessGates": [{"conditionType": GATE}]}
    applied = kworkload.apply([workloads.budget(**spec), workloads.replica_set(replicas=2, pod=gated)])
    web = applied.replica_set("web")
    kworkload.recording.wait_for(lambda history: len(history.objects("Pod")) == 2, "the pods to be there", kworkload.deadline(None))
    for pod in web.pods():
        pod.set_condition(GATE)
    applied.wait_ready()
    sick = web.pods()[0].set_condition(GATE, False)
    kworkload.recording.wait_for(
        lambda history: unready(history.objects("Pod")[sick.uid]), f"{sick} to be unready", kworkload.deadline(None)
    )
    return applied.handles[0], sick


class TestEvictionBlocked:
    def test_an_eviction_is_refused(self, kworkload: Namespace) -> None:
        blocked = assert_eviction_blocked(*guarded(kworkload, minAvailable=2))
        assert (blocked.healthy, blocked.needed) == (2, 2)

    def test_a_budget_with_room(self, kworkload: Namespace, pinned: Pinned) -> None:
        budget, pod = guarded(kworkload, maxUnavailable=1)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_eviction_blocked(budget, pod)
        pinned(failure.value)

    def test_a_budget_for_nobody(self, kworkload: Namespace, pinned: Pinned) -> None:
        budget, pod = guarded(kworkload, app="nobody", minAvailable=2)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_eviction_blocked(budget, pod)
        pinned(failure.value)

    def test_a_pod_that_is_not_ready_and_may_go(self, kworkload: Namespace, pinned: Pinned) -> None:
        budget, pod = half_ready(kworkload, minAvailable=2, unhealthyPodEvictionPolicy="AlwaysAllow")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_eviction_blocked(budget, pod)
        pinned(failure.value)


class TestEvictionAllowed:
    def test_a_pod_that_is_not_ready(self, kworkload: Namespace) -> None:
        budget, pod = half_ready(kworkload, minAvailable=2)
        blocked = assert_eviction_blocked(budget, pod)
        assert (blocked.healthy, blocked.needed) == (1, 2)
        budget.patch({"spec": {"unhealthyPodEvictionPolicy": "AlwaysAllow"}}, type="merge")
        assert assert_eviction_allowed(budget, pod).pod == pod.name

    def test_a_pod_that_is_not_ready_and_has_to_stay(self, kworkload: Namespace, pinned: Pinned) -> None:
        budget, pod = half_ready(kworkload, minAvailable=2)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_eviction_allowed(budget, pod)
        pinned(failure.value)
