"""Jobs."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "job-completions",
        "a Job completes when enough of its pods have succeeded, and never has more at work than it may or needs",
        "pkg/controller/job/job_controller.go; test/e2e/apps/job.go",
        details=(
            "a Job is complete when so many pods have succeeded, and never has more at work than it may or needs",
            "each index of an Indexed Job succeeds once in the count",
        ),
    ),
    Guarantee(
        "job-failure",
        "a Job that cannot succeed fails for its reason, after as many pods as it may have, and leaves none at work",
        "pkg/controller/job/job_controller.go; test/e2e/apps/job.go",
        details=(
            "a Job fails after more than backoffLimit failures",
            "a Job fails when it is older than activeDeadlineSeconds, and its pods are deleted",
        ),
    ),
    Guarantee(
        "job-pod-replacement",
        "a pod of a Job is replaced when it begins to go, or only when it has ended, as the policy says",
        "pkg/controller/job/job_controller.go (onlyReplaceFailedPods); test/e2e/apps/job.go",
        details=("a pod that terminates is replaced at once or when it has ended, as podReplacementPolicy says",),
    ),
    Guarantee(
        "job-suspend",
        "a Job that is suspended has its pods taken away and gets no others",
        "pkg/controller/job/job_controller.go; test/e2e/apps/job.go",
        details=("a suspended Job has no pods",),
    ),
    Guarantee(
        "job-ttl",
        "a Job that is over is deleted, with its pods, when its time is up and not before",
        "pkg/controller/ttlafterfinished/ttlafterfinished_controller.go; test/e2e/apps/ttl_after_finished.go",
        details=("a finished Job is deleted after ttlSecondsAfterFinished",),
    ),
    Guarantee(
        "cron-history",
        "of the Jobs that are over, the newest few are kept and the others go",
        "pkg/controller/cronjob/cronjob_controllerv2.go (cleanupFinishedJobs); test/e2e/apps/cronjob.go",
        details=("successfulJobsHistoryLimit and failedJobsHistoryLimit say how many finished Jobs are kept",),
    ),
    Guarantee(
        "cron-missed",
        "for all the ticks that were missed one Job is made, for the latest",
        "pkg/controller/cronjob/utils.go (mostRecentScheduleTime); test/e2e/apps/cronjob.go",
        details=("of missed ticks only the latest is made up for",),
    ),
    Guarantee(
        "cron-concurrency",
        "a tick that comes while a Job is at work is allowed, skipped, or takes the Job's place, as the policy says",
        "pkg/controller/cronjob/cronjob_controllerv2.go; test/e2e/apps/cronjob.go",
        details=("a tick while a Job is at work overlaps, is skipped or replaces it, as concurrencyPolicy says",),
    ),
)
