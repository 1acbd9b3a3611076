"""How Jobs end."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_job_completes, assert_job_fails

from .. import workloads
from ..pinned import Pinned


class TestJobCompletes:
    def test_a_job_completes(self, kworkload: Namespace) -> None:
        with assert_job_completes(kworkload.job("sum", expected=True)) as run:
            kworkload.apply(workloads.job(completions=3, completionMode="Indexed"))
        assert (run.succeeded, run.pods) == (3, 3)

    def test_a_job_with_more_at_a_time_than_asked_for(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_completes(kworkload.job("sum", expected=True), parallelism=1):
            kworkload.apply(workloads.job(command="sleep 1"))
        pinned(failure.value)

    def test_a_job_whose_program_fails(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_completes(kworkload.job("sum", expected=True)):
            kworkload.apply(workloads.job(command="exit 3", completions=1, parallelism=1))
        pinned(failure.value)


class TestJobFails:
    def test_a_job_gives_up(self, kworkload: Namespace) -> None:
        with assert_job_fails(kworkload.job("sum", expected=True), "BackoffLimitExceeded") as end:
            kworkload.apply(workloads.job(command="exit 1", completions=1, parallelism=1))
        assert end.pods == 1

    def test_a_job_that_completes(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_fails(kworkload.job("sum", expected=True), "BackoffLimitExceeded"):
            kworkload.apply(workloads.job())
        pinned(failure.value)

    def test_a_job_that_fails_for_another_reason(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_fails(kworkload.job("sum", expected=True), "BackoffLimitExceeded"):
            kworkload.apply(workloads.job(command="sleep 60", completions=1, parallelism=1, activeDeadlineSeconds=1))
        pinned(failure.value)
