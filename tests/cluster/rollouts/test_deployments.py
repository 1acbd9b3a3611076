"""Deployments: strategies, the middle of a rollout, and the versions that are kept."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    Workload,
    assert_eventually,
    assert_progress_deadline,
    assert_proportional_scaling,
    assert_recreate,
    assert_revision_history,
    assert_rollover,
)
from pytest_kworkload.guarantees.rollouts.proportional import DESIRED, HIGHEST

from .. import workloads
from ..pinned import Pinned
from ..workloads import new_version

NEVER_READY = new_version(command=["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"])
READY = new_version(command=workloads.pod_spec()["containers"][0]["command"])


def applied(kworkload: Namespace, **spec: Any) -> Any:
    """A Deployment that is ready."""
    return kworkload.apply(workloads.deployment(**spec)).wait_ready().deployment("web")


def in_a_rollout(kworkload: Namespace, **spec: Any) -> Any:
    """A Deployment in the middle of an update that does not go on: three old pods of four, two new ones."""
    web = applied(kworkload, strategy=workloads.rolling(1, 1), **spec)
    begin(kworkload, web)
    return web


def begin(kworkload: Namespace, web: Any) -> None:
    """Roll out a version that does not become ready, until its ReplicaSet has all the pods that the strategy allows."""
    web.patch(NEVER_READY)
    assert_eventually(
        kworkload.objects("ReplicaSet"),
        lambda sets: sorted(one["status"]["replicas"] for one in sets) == [2, 3],
        says="three pods of the old version and two of the new one",
    )


def scaled_by_another(kworkload: Namespace, web: Any) -> None:
    """To nine replicas; the old version gets all that are new, noted as the Deployment's controller would, which has to be away."""
    older = max(web.replica_sets(), key=lambda one: one["spec"]["replicas"])["metadata"]["name"]
    web.scale(9)
    noted = {DESIRED: "9", HIGHEST: "10"}
    kworkload.object("ReplicaSet", older).patch({"metadata": {"annotations": noted}, "spec": {"replicas": 8}})


class TestRecreate:
    def test_versions_never_meet(self, kworkload: Namespace) -> None:
        web = applied(kworkload, replicas=2, strategy={"type": "Recreate"})
        with assert_recreate(web) as update:
            web.patch(new_version())
        assert (len(update.old), len(update.new)) == (2, 2)

    def test_a_rolling_update_mixes_versions(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = applied(kworkload, replicas=1, strategy=workloads.rolling(0, 1))
        with pytest.raises(GuaranteeViolated) as failure, assert_recreate(web):
            web.patch(new_version())
        pinned(failure.value)


class TestRollover:
    def test_the_newest_version_takes_over(self, kworkload: Namespace) -> None:
        web = applied(kworkload, strategy=workloads.rolling(1, 1))
        with assert_rollover(web) as rollover:
            begin(kworkload, web)
            web.patch(READY)
        assert len(rollover.older) == 2

    def test_an_older_version_that_somebody_scales(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = applied(kworkload, strategy=workloads.rolling(1, 1))
        with pytest.raises(GuaranteeViolated) as failure, assert_rollover(web):
            begin(kworkload, web)
            older = web.replica_sets()[1]["metadata"]["name"]
            web.patch(READY)
            assert_eventually(kworkload.objects("ReplicaSet"), lambda sets: len(sets) == 3, says="three versions")
            kworkload.client.scale("ReplicaSet", older, 9, kworkload.name)
        pinned(failure.value)


class TestProportionalScaling:
    def test_each_version_gets_its_share(self, kworkload: Namespace) -> None:
        web = in_a_rollout(kworkload)
        with assert_proportional_scaling(web) as scaling:
            web.scale(9)
        assert sorted(scaling.before.values()) == [2, 3]
        assert sorted(scaling.after.values()) == [4, 6]

    def test_nothing_to_spread(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = applied(kworkload, replicas=2)
        with pytest.raises(GuaranteeViolated) as failure, assert_proportional_scaling(web):
            web.scale(3)
        pinned(failure.value)


class TestRevisionHistory:
    @pytest.mark.parametrize(
        "manifest",
        [
            pytest.param(workloads.deployment(replicas=1, revisionHistoryLimit=1), id="Deployment"),
            pytest.param(workloads.stateful_set(replicas=1, revisionHistoryLimit=1), id="StatefulSet"),
        ],
    )
    def test_one_old_version_is_kept(self, kworkload: Namespace, manifest: Any) -> None:
        workload = kworkload.apply(manifest).wait_ready().find(Workload, None)
        for version in ("2", "3"):
            workload.patch(new_version(env=[{"name": "V", "value": version}])).wait_ready()
        history = assert_revision_history(workload, 1)
        assert (len(history.kept), history.ever) == (1, 3)

    def test_more_old_versions_than_wanted(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = applied(kworkload, replicas=1)
        for version in ("2", "3"):
            web.patch(new_version(env=[{"name": "V", "value": version}])).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_revision_history(web, 1)
        pinned(failure.value)


def without_an_image(deadline: int) -> dict[str, Any]:
    """An update that does not get on, and how long it is given. (Before it the Deployment has all the time to become ready.)"""
    return {"spec": {"progressDeadlineSeconds": deadline, **new_version(image="busybox:does-not-exist")["spec"]}}


class TestProgressDeadline:
    def test_an_update_that_does_not_get_on_is_reported(self, kworkload: Namespace) -> None:
        web = applied(kworkload, replicas=1)
        with assert_progress_deadline(web, 2) as reported:
            web.patch(without_an_image(deadline=2))
        assert "has timed out progressing" in reported.message

    def test_an_update_that_has_more_time(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = applied(kworkload, replicas=1)
        with pytest.raises(GuaranteeViolated) as failure, assert_progress_deadline(web, 2):
            web.patch(without_an_image(deadline=600))
        pinned(failure.value)
