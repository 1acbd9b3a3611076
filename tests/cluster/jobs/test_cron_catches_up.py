"""Ticks that a CronJob missed, and what it makes up for."""

from __future__ import annotations

import pytest

from pytest_kworkload import GuaranteeViolated, Namespace, assert_cron_catches_up

from ..pinned import Pinned
from .actions import neglected


class TestCronCatchesUp:
    def test_one_job_for_all_the_ticks_that_were_missed(self, kworkload: Namespace) -> None:
        cron_job = neglected(kworkload)
        with assert_cron_catches_up(cron_job, settle=2) as caught_up:
            cron_job.patch({"spec": {"suspend": False}})
        assert caught_up.scheduled.endswith("-01-01T00:00:00Z")

    def test_ticks_that_are_given_up(self, kworkload: Namespace, pinned: Pinned) -> None:
        cron_job = neglected(kworkload, startingDeadlineSeconds=60)
        with pytest.raises(GuaranteeViolated) as failure, assert_cron_catches_up(cron_job, settle=2):
            cron_job.patch({"spec": {"suspend": False}})
        pinned(failure.value)
