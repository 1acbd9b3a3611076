"""Scaling in the middle of a rollout."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_proportional_scaling

from ..actions import in_a_rollout, ready_deployment
from ..pinned import Pinned


def test_each_version_gets_its_share(kworkload: Namespace) -> None:
    web = in_a_rollout(kworkload)
    with assert_proportional_scaling(web) as scaling:
        web.scale(9)
    assert sorted(scaling.before.values()) == [2, 3]
    assert sorted(scaling.after.values()) == [4, 6]


def test_nothing_to_spread(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=2)
    with pytest.raises(GuaranteeViolated) as failure, assert_proportional_scaling(web):
        web.scale(3)
    pinned(failure.value)
