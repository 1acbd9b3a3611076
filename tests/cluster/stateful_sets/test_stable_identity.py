"""The identity that replicas keep."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_stable_identity

from .. import workloads
from ..pinned import Pinned


class TestStableIdentity:
    def test_stable_identity(self, kworkload: Namespace) -> None:
        db = kworkload.apply(workloads.stateful_set(claims=True)).wait_ready().stateful_set("db")
        assert_stable_identity(db)

    def test_a_deployment_has_no_stable_identity(self, kworkload: Namespace, pinned: Pinned) -> None:
        web = kworkload.apply(workloads.deployment()).wait_ready().deployment("web")
        with pytest.raises(GuaranteeViolated) as failure:
            assert_stable_identity(web)
        pinned(failure.value)
