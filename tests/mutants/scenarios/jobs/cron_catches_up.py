"""Ticks that a CronJob missed, and what it makes up for."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_cron_catches_up

from ....cluster import workloads
from ....cluster.jobs.actions import neglected
from ...scenario import Check, Manifests, Mutant, Scenario


def _caught_up(**spec: Any) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        cron_job = neglected(kworkload, **spec)
        with assert_cron_catches_up(cron_job, settle=2):
            cron_job.patch({"spec": {"suspend": False}})

    return check


def _none_was_missed(kworkload: Namespace, manifests: Manifests) -> None:
    cron_job = kworkload.apply(manifests).handles[0]
    with assert_cron_catches_up(cron_job, settle=2):
        cron_job.patch({"spec": {"suspend": False}})


SCENARIOS = (
    Scenario(
        "assert_cron_catches_up",
        lambda: workloads.cron_job(schedule="0 0 1 1 *", suspend=True),
        _caught_up(),
        (
            Mutant("a deadline of 60 s", "cron-missed", "spec.startingDeadlineSeconds", check=_caught_up(startingDeadlineSeconds=60)),
            Mutant("no tick was missed", "cron-missed", "let it miss ticks", check=_none_was_missed),
        ),
    ),
)
