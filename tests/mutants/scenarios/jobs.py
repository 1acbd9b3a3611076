"""Jobs."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import assert_cron_concurrency, assert_job_completes, assert_job_fails

from ...cluster import workloads
from ..scenario import Manifests, Mutant, Scenario, put

COMMAND = "spec.template.spec.containers.0.command.2"


def _working() -> dict[str, Any]:
    return workloads.job(command="sleep 1", completions=2, parallelism=1)


def completes(kworkload: Any, manifests: Manifests) -> None:
    with assert_job_completes(kworkload.job("sum", expected=True), completions=2, parallelism=1):
        kworkload.apply(manifests)


def _done_before(kworkload: Any, manifests: Manifests) -> None:
    job = kworkload.apply(manifests).wait_ready().job("sum")
    with assert_job_completes(job):
        pass


def _failing() -> dict[str, Any]:
    return workloads.job(command="exit 1", completions=1, parallelism=1)


def fails(kworkload: Any, manifests: Manifests) -> None:
    with assert_job_fails(kworkload.job("sum", expected=True), "BackoffLimitExceeded", pods=1):
        kworkload.apply(manifests)


def _slow(manifests: Manifests) -> None:
    put(COMMAND, "sleep 60")(manifests)
    put("spec.activeDeadlineSeconds", 1)(manifests)


def skips(kworkload: Any, manifests: Manifests) -> None:
    assert_cron_concurrency(kworkload.apply(manifests).handles[0], "Forbid")


SCENARIOS = (
    Scenario(
        "assert_job_completes",
        _working,
        completes,
        (
            Mutant("more at a time", "job-completions", "spec.parallelism: 1 (now 2)", put("spec.parallelism", 2)),
            Mutant("fewer completions", "job-completions", "spec.completions: 2 (now 1)", put("spec.completions", 1)),
            Mutant("a program that fails", "job-completions", "spec.backoffLimit (now 0)", put(COMMAND, "exit 1")),
            Mutant("complete before", "job-completions", "create the Job in the block", check=_done_before),
        ),
    ),
    Scenario(
        "assert_job_fails",
        _failing,
        fails,
        (
            Mutant("a program that succeeds", "job-failure", "the program", put(COMMAND, "exit 0")),
            Mutant("a deadline", "job-failure", "spec.activeDeadlineSeconds", _slow),
            Mutant("one more try", "job-failure", "spec.backoffLimit: 0 (now 1)", put("spec.backoffLimit", 1)),
        ),
    ),
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
