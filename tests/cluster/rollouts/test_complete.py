"""Rollouts that are complete, and one that never will be."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_rollout_complete

from .. import workloads
from ..actions import ready_replica_set
from ..pinned import Pinned


def test_rollout_complete(kworkload: Namespace) -> None:
    web = kworkload.apply(workloads.deployment()).deployment("web")
    assert_rollout_complete(web)


def test_rollout_not_complete_for_an_edited_replica_set(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_replica_set(kworkload, 3)
    web.patch(workloads.new_version())
    with pytest.raises(GuaranteeViolated) as failure:
        assert_rollout_complete(web)
    pinned(failure.value)
