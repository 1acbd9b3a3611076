"""Finished Jobs that are cleaned up."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_job_ttl

from .. import workloads
from ..pinned import Pinned


class TestTtl:
    def test_a_job_is_cleaned_up(self, kworkload: Namespace) -> None:
        with assert_job_ttl(kworkload.job("sum", expected=True), 1) as cleaned:
            kworkload.apply(workloads.job(ttlSecondsAfterFinished=1))
        assert cleaned.seconds >= 1

    def test_a_job_that_stays(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_ttl(kworkload.job("sum", expected=True), 1):
            kworkload.apply(workloads.job(ttlSecondsAfterFinished=100))
        pinned(failure.value)
