"""What a CronJob does with a tick while a Job is still at work."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_cron_concurrency
from pytest_kworkload.guarantees.jobs.cron_concurrency import Policy

from .. import workloads
from ..pinned import Pinned


@pytest.mark.slow
class TestCronConcurrency:
    @pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
    def test_a_tick_that_comes_too_early(self, kworkload: Namespace, policy: Policy) -> None:
        cron_job = kworkload.apply(workloads.cron_job(policy=policy)).handles[0]
        evidence = assert_cron_concurrency(cron_job, policy)
        assert len(evidence.made) + evidence.skipped == 2

    def test_a_tick_that_is_not_skipped(self, kworkload: Namespace, pinned: Pinned) -> None:
        cron_job = kworkload.apply(workloads.cron_job(policy="Allow")).handles[0]
        with pytest.raises(GuaranteeViolated) as failure:
            assert_cron_concurrency(cron_job, "Forbid")
        pinned(failure.value)
