"""How Jobs end."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_job_completes, assert_job_fails

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put

COMMAND = "spec.template.spec.containers.0.command.2"


def _working() -> dict[str, Any]:
    return workloads.job(command="sleep 1", completions=2, parallelism=1)


def completes(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_job_completes(kworkload.job("sum", expected=True), completions=2, parallelism=1):
        kworkload.apply(manifests)


def _done_before(kworkload: Namespace, manifests: Manifests) -> None:
    job = kworkload.apply(manifests).wait_ready().job("sum")
    with assert_job_completes(job):
        pass


def _failing() -> dict[str, Any]:
    return workloads.job(command="exit 1", completions=1, parallelism=1)


def fails(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_job_fails(kworkload.job("sum", expected=True), "BackoffLimitExceeded", pods=1):
        kworkload.apply(manifests)


def _slow(manifests: Manifests) -> None:
    put(COMMAND, "sleep 60")(manifests)
    put("spec.activeDeadlineSeconds", 1)(manifests)


SCENARIOS = (
    Scenario(
        "assert_job_completes",
        _working,
        completes,
        (
            Mutant("more at a time", "job-completions", "spec.parallelism: 1 (now 2)", put("spec.parallelism", 2)),
            Mutant("fewer completions", "job-completions", "spec.completions: 2 (now 1)", put("spec.completions", 1)),
            Mutant("a program that fails", "job-completions", "spec.backoffLimit: more than 0 (now 0)", put(COMMAND, "exit 1")),
            Mutant("complete before", "job-completions", "create the Job in the block", check=_done_before),
        ),
    ),
    Scenario(
        "assert_job_fails",
        _failing,
        fails,
        (
            Mutant("a program that succeeds", "job-failure", "the program", put(COMMAND, "exit 0")),
            Mutant("a deadline", "job-failure", "spec.activeDeadlineSeconds: more than 1 (now 1)", _slow),
            Mutant("one more try", "job-failure", "spec.backoffLimit: 0 (now 1)", put("spec.backoffLimit", 1)),
        ),
    ),
)
