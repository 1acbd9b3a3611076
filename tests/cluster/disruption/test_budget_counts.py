"""How many pods a budget requires to stay healthy."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_budget_counts

from .. import workloads
from ..pinned import Pinned


def test_a_percentage_of_what_the_controller_asks_for(kworkload: Namespace) -> None:
    manifest = [workloads.budget(maxUnavailable="50%"), workloads.deployment(replicas=3)]
    applied = kworkload.apply(manifest).wait_ready()
    budget = assert_budget_counts(applied.handles[0], needed=1)
    assert (budget.expected, budget.needed, budget.healthy, budget.allowed) == (3, 1, 3, 2)


def test_a_budget_that_cannot_be_counted(kworkload: Namespace, pinned: Pinned) -> None:
    applied = kworkload.apply([workloads.budget(app="agent", maxUnavailable=1), workloads.daemon_set()])
    applied.daemon_set("agent").wait_ready()
    with pytest.raises(GuaranteeViolated) as failure:
        assert_budget_counts(applied.handles[0])
    pinned(failure.value)
