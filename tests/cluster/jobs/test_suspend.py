"""Jobs that are suspended."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_job_suspended

from .. import workloads
from ..pinned import Pinned
from .actions import at_work, interrupt, worked_on


class TestSuspended:
    def test_a_job_is_suspended(self, kworkload: Namespace) -> None:
        job = at_work(kworkload, workloads.job(command=workloads.STOPPABLE))
        with assert_job_suspended(job, settle=2) as suspended:
            job.patch({"spec": {"suspend": True}})
        assert len(suspended.taken) == 2

    def test_a_job_that_goes_on(self, kworkload: Namespace, pinned: Pinned) -> None:
        job = at_work(kworkload, workloads.slow_job(seconds=0))
        with pytest.raises(GuaranteeViolated) as failure, assert_job_suspended(job, settle=2):
            interrupt(kworkload, job)
        pinned(failure.value)

    def test_a_job_whose_pods_stay(self, kworkload: Namespace, pinned: Pinned) -> None:
        job = worked_on(kworkload, workloads.job(managedBy="example.com/nobody"))
        with pytest.raises(GuaranteeViolated) as failure, assert_job_suspended(job, settle=2, timeout=2):
            job.patch({"spec": {"suspend": True}})
        pinned(failure.value)
