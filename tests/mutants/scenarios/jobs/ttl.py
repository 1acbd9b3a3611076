"""Finished Jobs that are cleaned up."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_job_ttl

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put


def cleaned_up(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_job_ttl(kworkload.job("sum", expected=True), 2):
        kworkload.apply(manifests)


def _deleted_before(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_job_ttl(kworkload.job("sum", expected=True), 2):
        kworkload.apply(manifests).wait_ready().job("sum").delete()


SCENARIOS = (
    Scenario(
        "assert_job_ttl",
        lambda: workloads.job(ttlSecondsAfterFinished=2),
        cleaned_up,
        (
            Mutant("later", "job-ttl", "spec.ttlSecondsAfterFinished: 2 (now 100)", put("spec.ttlSecondsAfterFinished", 100)),
            Mutant("sooner", "job-ttl", "spec.ttlSecondsAfterFinished: 2 (now 0)", put("spec.ttlSecondsAfterFinished", 0)),
            Mutant("never", "job-ttl", "(now not set)", drop("spec.ttlSecondsAfterFinished")),
            Mutant("somebody deletes it before", "job-ttl", "other than its TTL", check=_deleted_before),
        ),
    ),
)
