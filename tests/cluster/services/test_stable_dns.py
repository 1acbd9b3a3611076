"""The DNS names of replicas."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_stable_dns

from .. import workloads
from ..pinned import Pinned


class TestStableDns:
    def test_a_name_follows_its_replica(self, kworkload: Namespace) -> None:
        db = kworkload.apply(workloads.stateful_set(replicas=2)).stateful_set("db")
        assert assert_stable_dns(db).names == ("db-0.db", "db-1.db")

    def test_a_service_that_is_not_headless(self, kworkload: Namespace, pinned: Pinned) -> None:
        manifest = workloads.stateful_set(replicas=1)
        del manifest[0]["spec"]["clusterIP"]
        db = kworkload.apply(manifest).stateful_set("db")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_stable_dns(db)
        pinned(failure.value)
