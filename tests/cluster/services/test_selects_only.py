"""A Service that selects one workload's pods, and no others."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_selects_only

from .. import workloads
from ..pinned import Pinned


class TestSelectsOnly:
    def test_the_pods_of_one_deployment(self, kworkload: Namespace) -> None:
        applied = kworkload.apply([workloads.service(), workloads.deployment(replicas=2)]).wait_ready()
        web = applied.deployment("web")
        web.patch(workloads.new_version())
        assert assert_selects_only(applied.service("web"), web).pods >= 4

    def test_a_job_with_the_same_labels(self, kworkload: Namespace, pinned: Pinned) -> None:
        applied = kworkload.apply([workloads.service(), workloads.deployment(replicas=1)]).wait_ready()
        stray = workloads.bare_pod("migration")
        stray["metadata"]["labels"] = {"app": "web"}
        kworkload.apply(stray).wait_ready()
        with pytest.raises(GuaranteeViolated) as failure:
            assert_selects_only(applied.service("web"), applied.deployment("web"))
        pinned(failure.value)
