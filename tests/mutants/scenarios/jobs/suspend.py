"""Jobs that are suspended."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_job_suspended

from ....cluster import workloads
from ....cluster.jobs.actions import at_work, interrupt, worked_on
from ...scenario import Manifests, Mutant, Scenario, put


def suspended(kworkload: Namespace, manifests: Manifests) -> None:
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


def _it_was_suspended(kworkload: Namespace, manifests: Manifests) -> None:
    job = kworkload.apply(manifests).job("sum")
    with assert_job_suspended(job, settle=2):
        pass


SCENARIOS = (
    Scenario(
        "assert_job_suspended",
        lambda: workloads.slow_job(seconds=0),
        suspended,
        (
            Mutant("nobody works on it", "job-suspend", "spec.managedBy", put("spec.managedBy", "example.com/nobody"), _pods_stay),
            Mutant("it goes on", "job-suspend", "spec.suspend: true", check=_it_goes_on),
            Mutant("it was suspended before", "job-suspend", "while its pods run", put("spec.suspend", True), check=_it_was_suspended),
        ),
    ),
)
