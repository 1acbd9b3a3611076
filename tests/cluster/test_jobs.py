"""Jobs: how they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_kworkload import GuaranteeViolated, assert_cron_concurrency, assert_job_completes, assert_job_fails

from . import workloads

Pinned = Callable[[BaseException], None]


class TestJobCompletes:
    def test_a_job_completes(self, kworkload: Any) -> None:
        with assert_job_completes(kworkload.job("sum", expected=True)) as run:
            kworkload.apply(workloads.job(completions=3, completionMode="Indexed"))
        assert (run.succeeded, run.pods) == (3, 3)

    def test_a_job_with_more_at_a_time_than_asked_for(self, kworkload: Any, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_completes(kworkload.job("sum", expected=True), parallelism=1):
            kworkload.apply(workloads.job(command="sleep 1"))
        pinned(failure.value)

    def test_a_job_whose_program_fails(self, kworkload: Any, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_completes(kworkload.job("sum", expected=True)):
            kworkload.apply(workloads.job(command="exit 3", completions=1, parallelism=1))
        pinned(failure.value)


class TestJobFails:
    def test_a_job_gives_up(self, kworkload: Any) -> None:
        with assert_job_fails(kworkload.job("sum", expected=True), "BackoffLimitExceeded") as end:
            kworkload.apply(workloads.job(command="exit 1", completions=1, parallelism=1))
        assert end.pods == 1

    def test_a_job_that_completes(self, kworkload: Any, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_fails(kworkload.job("sum", expected=True), "BackoffLimitExceeded"):
            kworkload.apply(workloads.job())
        pinned(failure.value)

    def test_a_job_that_fails_for_another_reason(self, kworkload: Any, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_fails(kworkload.job("sum", expected=True), "BackoffLimitExceeded"):
            kworkload.apply(workloads.job(command="sleep 60", completions=1, parallelism=1, activeDeadlineSeconds=1))
        pinned(failure.value)


@pytest.mark.slow
class TestCronConcurrency:
    @pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
    def test_a_tick_that_comes_too_early(self, kworkload: Any, policy: Any) -> None:
        cron_job = kworkload.apply(workloads.cron_job(policy=policy)).handles[0]
        evidence = assert_cron_concurrency(cron_job, policy)
        assert len(evidence.made) + evidence.skipped == 2

    def test_a_tick_that_is_not_skipped(self, kworkload: Any, pinned: Pinned) -> None:
        cron_job = kworkload.apply(workloads.cron_job(policy="Allow")).handles[0]
        with pytest.raises(GuaranteeViolated) as failure:
            assert_cron_concurrency(cron_job, "Forbid")
        pinned(failure.value)
