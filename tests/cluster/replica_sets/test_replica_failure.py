"""What a workload says of pods that may not be created."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_replica_failure

from .. import workloads
from ..pinned import Pinned


def test_a_refused_pod_shows_until_it_may_come(kworkload: Namespace) -> None:
    quota = kworkload.apply(workloads.quota(1)).wait_ready().handles[0]
    web = kworkload.apply(workloads.replica_set(replicas=2)).replica_set("web")
    failed = assert_replica_failure(web, cure=quota.delete)
    assert "exceeded quota" in failed.message
    assert len(failed.pods) == 2


def test_nothing_is_refused(kworkload: Namespace, pinned: Pinned) -> None:
    web = kworkload.apply(workloads.replica_set(replicas=1)).replica_set("web")
    with pytest.raises(GuaranteeViolated) as failure:
        assert_replica_failure(web)
    pinned(failure.value)
