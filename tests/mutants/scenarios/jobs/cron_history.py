"""The finished Jobs that a CronJob keeps."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_cron_history

from ....cluster import workloads
from ....cluster.jobs.actions import finished
from ...scenario import Manifests, Mutant, Scenario, drop, put


def remembered(kworkload: Namespace, manifests: Manifests) -> None:
    cron_job = kworkload.apply(manifests).handles[0]
    finished(kworkload, cron_job, 2)
    assert_cron_history(cron_job, successful=1)


def _one_job_only(kworkload: Namespace, manifests: Manifests) -> None:
    cron_job = kworkload.apply(manifests).handles[0]
    finished(kworkload, cron_job, 1)
    assert_cron_history(cron_job, successful=1)


SCENARIOS = (
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
)
