"""Which pods go when a workload is scaled down."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_scale_down_victims

from .. import workloads
from ..actions import ready_replica_set
from ..pinned import Pinned


def test_the_cheapest_pod_goes(kworkload: Namespace) -> None:
    web = ready_replica_set(kworkload, 3)
    cheap = web.pods()[1]
    cheap.patch(workloads.deletion_cost(-10))
    with assert_scale_down_victims(web, [cheap]) as scaling:
        web.scale(2)
    assert scaling.victims == (cheap.name,)


def test_a_pod_that_costs_less_goes_instead(kworkload: Namespace, pinned: Pinned) -> None:
    web = ready_replica_set(kworkload, 2)
    dear, cheap = web.pods()
    cheap.patch(workloads.deletion_cost(-10))
    with pytest.raises(GuaranteeViolated) as failure, assert_scale_down_victims(web, [dear]):
        web.scale(1)
    # Which of the two names comes first is chance.
    pinned(GuaranteeViolated(str(failure.value).replace(dear.name, "DEAR").replace(cheap.name, "CHEAP")))
