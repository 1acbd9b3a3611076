"""The finished Jobs that a CronJob keeps."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_cron_history

from .. import workloads
from ..pinned import Pinned
from .actions import finished


class TestCronHistory:
    def test_the_newest_jobs_are_kept(self, kworkload: Namespace) -> None:
        cron_job = kworkload.apply(workloads.cron_job(suspend=True, successfulJobsHistoryLimit=1)).handles[0]
        finished(kworkload, cron_job, 3)
        assert assert_cron_history(cron_job, successful=1).succeeded == ("tick-2",)

    def test_more_jobs_than_asked_for(self, kworkload: Namespace, pinned: Pinned) -> None:
        cron_job = kworkload.apply(workloads.cron_job(suspend=True)).handles[0]
        finished(kworkload, cron_job, 2)
        with pytest.raises(GuaranteeViolated) as failure:
            assert_cron_history(cron_job, successful=1)
        pinned(failure.value)
