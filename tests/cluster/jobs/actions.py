"""What the tests of Jobs and CronJobs have in common: what somebody does to them."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Handle, Job, Namespace, assert_eventually

from .. import workloads


def at_work(kworkload: Namespace, manifest: dict[str, Any]) -> Job:
    """The Job, when all its pods run."""
    job = kworkload.apply(manifest).job("sum")
    wanted = manifest["spec"]["parallelism"]
    assert_eventually(kworkload.pods(), lambda pods: [one["status"]["phase"] for one in pods] == ["Running"] * wanted, says="all run")
    return job


def interrupt(kworkload: Namespace, job: Job) -> None:
    """Suspend the Job, and resume it while its pod is still terminating."""
    job.patch({"spec": {"suspend": True}})
    assert_eventually(kworkload.pods(), lambda pods: all("deletionTimestamp" in one["metadata"] for one in pods), says="its pods are going")
    job.patch({"spec": {"suspend": False}})


def worked_on(kworkload: Namespace, manifest: dict[str, Any]) -> Job:
    """A Job that Kubernetes leaves to somebody else (spec.managedBy), with a pod that the test makes for it."""
    job = kworkload.apply(manifest).job("sum")
    kworkload.apply(workloads.made_by(job.get(), workloads.bare_pod("sum-pod"))).wait_ready()
    return job


def finished(kworkload: Namespace, cron_job: Handle, jobs: int) -> None:
    """Let this many Jobs of the CronJob finish, one after the other."""
    for n in range(jobs):
        kworkload.apply(workloads.made_by(cron_job.get(), workloads.job(f"tick-{n}", completions=1, parallelism=1))).wait_ready()


def neglected(kworkload: Namespace, **spec: Any) -> Handle:
    """A suspended CronJob with one tick a year, which was last looked at in 2020."""
    cron_job = kworkload.apply(workloads.cron_job(command="exit 0", schedule="0 0 1 1 *", suspend=True, **spec)).handles[0]
    body = {"status": {"lastScheduleTime": "2020-01-01T00:00:00Z"}}
    kworkload.client.patch("CronJob", cron_job.name, body, kworkload.name, subresource="status")
    return cron_job
