"""Jobs: how they end."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    GuaranteeViolated,
    Namespace,
    assert_cron_catches_up,
    assert_cron_concurrency,
    assert_cron_history,
    assert_eventually,
    assert_job_completes,
    assert_job_fails,
    assert_job_pod_replacement,
    assert_job_suspended,
    assert_job_ttl,
)

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


def at_work(kworkload: Namespace, manifest: dict[str, Any]) -> Any:
    """The Job, when all its pods run."""
    job = kworkload.apply(manifest).job("sum")
    wanted = manifest["spec"]["parallelism"]
    assert_eventually(kworkload.pods(), lambda pods: [one["status"]["phase"] for one in pods] == ["Running"] * wanted, says="all run")
    return job


def interrupt(kworkload: Namespace, job: Any) -> None:
    """Suspend the Job, and let it go on while its pod is still on its way out."""
    job.patch({"spec": {"suspend": True}})
    assert_eventually(kworkload.pods(), lambda pods: all("deletionTimestamp" in one["metadata"] for one in pods), says="its pods are going")
    job.patch({"spec": {"suspend": False}})


class TestPodReplacement:
    @pytest.mark.parametrize("policy", ["TerminatingOrFailed", "Failed"])
    def test_a_pod_is_replaced(self, kworkload: Namespace, policy: Any) -> None:
        job = at_work(kworkload, workloads.slow_job(podReplacementPolicy=policy))
        with assert_job_pod_replacement(job, policy) as replaced:
            interrupt(kworkload, job)
        assert len(replaced.replacements) == 1

    def test_a_pod_that_is_replaced_before_it_has_ended(self, kworkload: Namespace, pinned: Pinned) -> None:
        job = at_work(kworkload, workloads.slow_job())
        with pytest.raises(GuaranteeViolated) as failure, assert_job_pod_replacement(job, "Failed"):
            interrupt(kworkload, job)
        pinned(failure.value)


def worked_on(kworkload: Namespace, manifest: dict[str, Any]) -> Any:
    """A Job of nobody's that Kubernetes leaves alone (spec.managedBy), with a pod that the test makes for it."""
    job = kworkload.apply(manifest).job("sum")
    kworkload.apply(workloads.made_by(job.get(), workloads.bare_pod("sum-pod"))).wait_ready()
    return job


class TestSuspended:
    def test_a_job_is_put_aside(self, kworkload: Namespace) -> None:
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


class TestTtl:
    def test_a_job_is_cleaned_up(self, kworkload: Namespace) -> None:
        with assert_job_ttl(kworkload.job("sum", expected=True), 1) as cleaned:
            kworkload.apply(workloads.job(ttlSecondsAfterFinished=1))
        assert cleaned.seconds >= 1

    def test_a_job_that_stays(self, kworkload: Namespace, pinned: Pinned) -> None:
        with pytest.raises(GuaranteeViolated) as failure, assert_job_ttl(kworkload.job("sum", expected=True), 1):
            kworkload.apply(workloads.job(ttlSecondsAfterFinished=100))
        pinned(failure.value)


def finished(kworkload: Namespace, cron_job: Any, jobs: int) -> None:
    """So many Jobs of the CronJob, one after the other."""
    for n in range(jobs):
        kworkload.apply(workloads.made_by(cron_job.get(), workloads.job(f"tick-{n}", completions=1, parallelism=1))).wait_ready()


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


def neglected(kworkload: Namespace, **spec: Any) -> Any:
    """A CronJob with a tick a year that was looked at last in 2020."""
    cron_job = kworkload.apply(workloads.cron_job(command="exit 0", schedule="0 0 1 1 *", suspend=True, **spec)).handles[0]
    body = {"status": {"lastScheduleTime": "2020-01-01T00:00:00Z"}}
    kworkload.client.patch("CronJob", cron_job.name, body, kworkload.name, subresource="status")
    return cron_job


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


@pytest.mark.slow
class TestCronConcurrency:
    @pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
    def test_a_tick_that_comes_too_early(self, kworkload: Namespace, policy: Any) -> None:
        cron_job = kworkload.apply(workloads.cron_job(policy=policy)).handles[0]
        evidence = assert_cron_concurrency(cron_job, policy)
        assert len(evidence.made) + evidence.skipped == 2

    def test_a_tick_that_is_not_skipped(self, kworkload: Namespace, pinned: Pinned) -> None:
        cron_job = kworkload.apply(workloads.cron_job(policy="Allow")).handles[0]
        with pytest.raises(GuaranteeViolated) as failure:
            assert_cron_concurrency(cron_job, "Forbid")
        pinned(failure.value)
