"""Jobs."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "job-completions",
        "a Job completes when enough of its pods have succeeded, and never has more pods at work than it may have or still needs",
        "pkg/controller/job/job_controller.go; test/e2e/apps/job.go",
        details=("in an Indexed Job each index counts once",),
    ),
    Guarantee(
        "job-failure",
        "a Job that cannot succeed fails for the right reason, after as many pods as its limits allow, and leaves none at work",
        "pkg/controller/job/job_controller.go; test/e2e/apps/job.go",
        details=(
            "BackoffLimitExceeded: after more than backoffLimit failures",
            "DeadlineExceeded: when it has been active for activeDeadlineSeconds; its pods are deleted",
        ),
    ),
    Guarantee(
        "job-pod-replacement",
        "a Job's pod is replaced as soon as it begins to terminate, or only when it has ended, as podReplacementPolicy says",
        "pkg/controller/job/job_controller.go (onlyReplaceFailedPods); test/e2e/apps/job.go",
    ),
    Guarantee(
        "job-suspend",
        "a Job that is suspended has its pods taken away, and gets no others",
        "pkg/controller/job/job_controller.go; test/e2e/apps/job.go",
    ),
    Guarantee(
        "job-ttl",
        "a finished Job is deleted, with its pods, when its ttlSecondsAfterFinished are over, and not before",
        "pkg/controller/ttlafterfinished/ttlafterfinished_controller.go; test/e2e/apps/ttl_after_finished.go",
    ),
    Guarantee(
        "cron-history",
        "of a CronJob's finished Jobs the newest are kept, as many as its history limits say, and the others are deleted",
        "pkg/controller/cronjob/cronjob_controllerv2.go (cleanupFinishedJobs); test/e2e/apps/cronjob.go",
        details=("successfulJobsHistoryLimit for those that succeeded, failedJobsHistoryLimit for those that failed",),
    ),
    Guarantee(
        "cron-missed",
        "for all the ticks that a CronJob has missed it makes one Job, for the latest",
        "pkg/controller/cronjob/utils.go (mostRecentScheduleTime); test/e2e/apps/cronjob.go",
    ),
    Guarantee(
        "cron-concurrency",
        "a tick that comes while a Job is still at work starts another one, is skipped, or replaces it, as concurrencyPolicy says",
        "pkg/controller/cronjob/cronjob_controllerv2.go; test/e2e/apps/cronjob.go",
    ),
)
