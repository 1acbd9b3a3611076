"""What a CronJob does with a tick while a Job is still at work."""

from __future__ import annotations

import pytest

from pytest_kworkload import Namespace, assert_cron_concurrency

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def skips(kworkload: Namespace, manifests: Manifests) -> None:
    assert_cron_concurrency(kworkload.apply(manifests).handles[0], "Forbid")


SCENARIOS = (
    Scenario(
        "assert_cron_concurrency",
        workloads.cron_job,
        skips,
        (
            Mutant("Allow", "cron-concurrency", "spec.concurrencyPolicy: Forbid (now Allow)", put("spec.concurrencyPolicy", "Allow")),
            Mutant(
                "a program that ends before",
                "cron-concurrency",
                "spec.jobTemplate: a program that works for longer",
                put("spec.jobTemplate.spec.template.spec.containers.0.command.2", "exit 0"),
            ),
        ),
        marks=(pytest.mark.slow,),
    ),
)
