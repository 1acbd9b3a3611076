"""A new version in the middle of a rollout."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_eventually, assert_rollover

from .. import workloads
from ..actions import begin_rollout, ready_deployment
from ..pinned import Pinned

READY = workloads.new_version(command=workloads.pod_spec()["containers"][0]["command"])


def test_the_newest_version_takes_over(kworkload: Namespace) -> None:
    web = ready_deployment(kworkload, strategy=workloads.rolling(1, 1))
    with assert_rollover(web) as rollover:
        begin_rollout(kworkload, web)
        web.patch(READY)
    assert len(rollover.older) == 2


def test_an_older_version_that_somebody_scales(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, strategy=workloads.rolling(1, 1))
    with pytest.raises(GuaranteeViolated) as failure, assert_rollover(web):
        begin_rollout(kworkload, web)
        older = web.replica_sets()[1]["metadata"]["name"]
        web.patch(READY)
        assert_eventually(kworkload.objects("ReplicaSet"), lambda sets: len(sets) == 3, says="three versions")
        kworkload.client.scale("ReplicaSet", older, 9, kworkload.name)
    pinned(failure.value)
