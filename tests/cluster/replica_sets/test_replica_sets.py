"""ReplicaSets: how many pods, which ones, and what belongs to whom."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_adopted,
    assert_cascading_delete,
    assert_released,
    assert_replica_count,
    assert_replica_failure,
    assert_scale_down_victims,
)

from .. import workloads
from ..pinned import Pinned


def applied(kworkload: Namespace, replicas: int) -> Any:
    """A ReplicaSet that is ready."""
    return kworkload.apply(workloads.replica_set(replicas=replicas)).wait_ready().replica_set("web")


class TestReplicaCount:
    def test_a_surplus_pod_does_not_stay(self, kworkload: Namespace) -> None:
        web = applied(kworkload, 2)
        kworkload.apply(workloads.bare_pod(labels={"app": "web"}))
        assert len(assert_replica_count(web, 2, settle=2).pods) == 2

    def test_a_quota_keeps_a_pod_out(self, kworkload: Namespace, pinned: Pinned) -> None:
        kworkload.apply(workloads.quota(1)).wait_ready()
        web = kworkload.apply(workloads.replica_set(replicas=2)).replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_replica_count(web, 2, timeout=3)
        pinned(failure.value)


class TestAdopted:
    def test_a_pod_that_nobody_controls_is_adopted(self, kworkload: Namespace) -> None:
        pod = kworkload.apply(workloads.bare_pod(labels={"app": "web"})).wait_ready().pod("pod")
        web = kworkload.apply(workloads.replica_set(replicas=1)).replica_set("web")
        assert assert_adopted(web, pod).owner == "web"
        assert [one.name for one in web.pods()] == ["pod"]

    def test_a_pod_with_other_labels_is_not_adopted(self, kworkload: Namespace, pinned: Pinned) -> None:
        pod = kworkload.apply(workloads.bare_pod()).wait_ready().pod("pod")
        web = kworkload.apply(workloads.replica_set(replicas=1)).replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_adopted(web, pod)
        pinned(failure.value)


class TestReleased:
    def test_a_pod_with_other_labels_is_released(self, kworkload: Namespace) -> None:
        web = applied(kworkload, 1)
        (pod,) = web.pods()
        pod.patch({"metadata": {"labels": {"app": "quarantine"}}})
        released = assert_released(web, pod)
        assert (released.pod, [released.replacement]) == (pod.name, [one.name for one in web.pods()])

    def test_a_pod_with_one_more_label_is_not_released(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = applied(kworkload, 1)
        (pod,) = web.pods()
        pod.patch({"metadata": {"labels": {"color": "blue"}}})
        with pytest.raises(GuaranteeViolated) as failure:
            assert_released(web, pod)
        pinned(failure.value)


class TestScaleDownVictims:
    def test_the_cheapest_pod_goes(self, kworkload: Namespace) -> None:
        web = applied(kworkload, 3)
        cheap = web.pods()[1]
        cheap.patch(workloads.deletion_cost(-10))
        with assert_scale_down_victims(web, [cheap]) as scaling:
            web.scale(2)
        assert scaling.victims == (cheap.name,)

    def test_a_pod_that_costs_less_goes_instead(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = applied(kworkload, 2)
        dear, cheap = web.pods()
        cheap.patch(workloads.deletion_cost(-10))
        with pytest.raises(GuaranteeViolated) as failure, assert_scale_down_victims(web, [dear]):
            web.scale(1)
        # Which of the two names comes first is chance.
        pinned(GuaranteeViolated(str(failure.value).replace(dear.name, "DEAR").replace(cheap.name, "CHEAP")))


class TestReplicaFailure:
    def test_a_refused_pod_shows_until_it_may_come(self, kworkload: Namespace) -> None:
        quota = kworkload.apply(workloads.quota(1)).wait_ready().handles[0]
        web = kworkload.apply(workloads.replica_set(replicas=2)).replica_set("web")
        failed = assert_replica_failure(web, cure=quota.delete)
        assert "exceeded quota" in failed.message
        assert len(failed.pods) == 2

    def test_nothing_is_refused(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.replica_set(replicas=1)).replica_set("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_replica_failure(web)
        pinned(failure.value)


class TestCascadingDelete:
    @pytest.mark.parametrize("propagation", ["Background", "Foreground", "Orphan"])
    def test_dependents_follow_or_stay(self, kworkload: Namespace, propagation: Any) -> None:
        web = kworkload.apply(workloads.deployment(replicas=1)).wait_ready().deployment("web")
        with assert_cascading_delete(web, propagation=propagation, settle=2) as cascade:
            web.delete(propagation=propagation)
        assert len(cascade.dependents) == 2
        assert cascade.kept == (cascade.dependents if propagation == "Orphan" else ())

    def test_dependents_that_are_left_behind(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment(replicas=1)).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure, assert_cascading_delete(web):
            web.delete(propagation="Orphan")
        pinned(failure.value)
