"""Jobs."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    Namespace,
    assert_cron_catches_up,
    assert_cron_concurrency,
    assert_cron_history,
    assert_job_completes,
    assert_job_fails,
    assert_job_pod_replacement,
    assert_job_suspended,
    assert_job_ttl,
)

from ....cluster import workloads
from ....cluster.jobs.test_jobs import at_work, finished, interrupt, neglected, worked_on
from ...scenario import Manifests, Mutant, Scenario, drop, put

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


def replaced(kworkload: Namespace, manifests: Manifests) -> None:
    job = at_work(kworkload, manifests[0])
    with assert_job_pod_replacement(job, "Failed"):
        interrupt(kworkload, job)


def _nothing_goes(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_job_pod_replacement(at_work(kworkload, manifests[0]), "Failed"):
        pass


def put_aside(kworkload: Namespace, manifests: Manifests) -> None:
    job = at_work(kworkload, manifests[0])
    with assert_job_suspended(job, settle=2):
        job.patch({"spec": {"suspend": True}})


def _pods_stay(kworkload: Namespace, manifests: Manifests) -> None:
    job = worked_on(kworkload, manifests[0])
    with assert_job_suspended(job, settle=2, timeout=2):
        job.patch({"spec": {"suspend": True}})


def _it_goes_on(kworkload: Namespace, manifests: Manifests) -> None:
    job = at_work(kworkload, manifests[0])
    with assert_job_suspended(job, settle=2):
        interrupt(kworkload, job)


def _it_was_aside(kworkload: Namespace, manifests: Manifests) -> None:
    job = kworkload.apply(manifests).job("sum")
    with assert_job_suspended(job, settle=2):
        pass


def cleaned_up(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_job_ttl(kworkload.job("sum", expected=True), 2):
        kworkload.apply(manifests)


def _deleted_before(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_job_ttl(kworkload.job("sum", expected=True), 2):
        kworkload.apply(manifests).wait_ready().job("sum").delete()


def remembered(kworkload: Namespace, manifests: Manifests) -> None:
    cron_job = kworkload.apply(manifests).handles[0]
    finished(kworkload, cron_job, 2)
    assert_cron_history(cron_job, successful=1)


def _one_job_only(kworkload: Namespace, manifests: Manifests) -> None:
    cron_job = kworkload.apply(manifests).handles[0]
    finished(kworkload, cron_job, 1)
    assert_cron_history(cron_job, successful=1)


def _caught_up(**spec: Any) -> Any:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        cron_job = neglected(kworkload, **spec)
        with assert_cron_catches_up(cron_job, settle=2):
            cron_job.patch({"spec": {"suspend": False}})

    return check


def _none_was_missed(kworkload: Namespace, manifests: Manifests) -> None:
    cron_job = kworkload.apply(manifests).handles[0]
    with assert_cron_catches_up(cron_job, settle=2):
        cron_job.patch({"spec": {"suspend": False}})


def skips(kworkload: Namespace, manifests: Manifests) -> None:
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
        "assert_job_pod_replacement",
        lambda: workloads.slow_job(podReplacementPolicy="Failed"),
        replaced,
        (
            Mutant(
                "TerminatingOrFailed",
                "job-pod-replacement",
                "spec.podReplacementPolicy: Failed (now TerminatingOrFailed)",
                put("spec.podReplacementPolicy", "TerminatingOrFailed"),
            ),
            Mutant(
                "a program that ends at once",
                "job-pod-replacement",
                "takes longer to end",
                put(COMMAND, workloads.STOPPABLE.replace("exit 0", "exit 1")),
            ),
            Mutant("nothing goes", "job-pod-replacement", "delete a pod in the block", check=_nothing_goes),
        ),
    ),
    Scenario(
        "assert_job_suspended",
        lambda: workloads.slow_job(seconds=0),
        put_aside,
        (
            Mutant("nobody works on it", "job-suspend", "spec.managedBy", put("spec.managedBy", "example.com/nobody"), _pods_stay),
            Mutant("it goes on", "job-suspend", "spec.suspend: true", check=_it_goes_on),
            Mutant("it was suspended before", "job-suspend", "while its pods run", put("spec.suspend", True), check=_it_was_aside),
        ),
    ),
    Scenario(
        "assert_job_ttl",
        lambda: workloads.job(ttlSecondsAfterFinished=2),
        cleaned_up,
        (
            Mutant("later", "job-ttl", "spec.ttlSecondsAfterFinished: 2 (now 100)", put("spec.ttlSecondsAfterFinished", 100)),
            Mutant("sooner", "job-ttl", "spec.ttlSecondsAfterFinished: 2 (now 0)", put("spec.ttlSecondsAfterFinished", 0)),
            Mutant("never", "job-ttl", "(now not set)", drop("spec.ttlSecondsAfterFinished")),
            Mutant("somebody deletes it before", "job-ttl", "who else deletes it", check=_deleted_before),
        ),
    ),
    Scenario(
        "assert_cron_history",
        lambda: workloads.cron_job(suspend=True, successfulJobsHistoryLimit=1),
        remembered,
        (
            Mutant("a longer one", "cron-history", "spec.successfulJobsHistoryLimit: 1 (now 5)", put("spec.successfulJobsHistoryLimit", 5)),
            Mutant("the default", "cron-history", "spec.successfulJobsHistoryLimit: 1 (now 3)", drop("spec.successfulJobsHistoryLimit")),
            Mutant("one Job only", "cron-history", "let more Jobs end", check=_one_job_only),
        ),
    ),
    Scenario(
        "assert_cron_catches_up",
        lambda: workloads.cron_job(schedule="0 0 1 1 *", suspend=True),
        _caught_up(),
        (
            Mutant("a deadline of 60 s", "cron-missed", "spec.startingDeadlineSeconds", check=_caught_up(startingDeadlineSeconds=60)),
            Mutant("no tick was missed", "cron-missed", "let it miss ticks", check=_none_was_missed),
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
