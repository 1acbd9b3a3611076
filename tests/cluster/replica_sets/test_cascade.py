"""What becomes of dependents when their owner is deleted."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_cascading_delete

from ..actions import ready_deployment
from ..pinned import Pinned


@pytest.mark.parametrize("propagation", ["Background", "Foreground", "Orphan"])
def test_dependents_follow_or_stay(kworkload: Namespace, propagation: Any) -> None:
    web = ready_deployment(kworkload, replicas=1)
    with assert_cascading_delete(web, propagation=propagation, settle=2) as cascade:
        web.delete(propagation=propagation)
    assert len(cascade.dependents) == 2
    assert cascade.kept == (cascade.dependents if propagation == "Orphan" else ())


def test_dependents_that_are_left_behind(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_deployment(kworkload, replicas=1)
    with pytest.raises(GuaranteeViolated) as failure, assert_cascading_delete(web):
        web.delete(propagation="Orphan")
    pinned(failure.value)
