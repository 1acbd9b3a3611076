"""A pod that is placed where pods of lower priority give way."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_preempts

from ..actions import preemptor
from ..pinned import Pinned


def test_a_pod_makes_room_for_a_more_important_one(kworkload: Namespace) -> None:
    high = preemptor(kworkload)
    with assert_preempts(kworkload.pod("high", expected=True), victims=1) as preemption:
        kworkload.apply(high)
    assert (preemption.victims, preemption.node) == (("low",), "node-0")


def test_a_pod_that_is_not_more_important(kworkload: Namespace, pinned: Pinned) -> None:
    high = preemptor(kworkload, value=0)
    with pytest.raises(GuaranteeViolated) as failure, assert_preempts(kworkload.pod("high", expected=True), timeout=2):
        kworkload.apply(high)
    pinned(failure.value)
