"""Jobs."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "job-completions",
        "a Job completes when enough of its pods have succeeded, and never has more at work than it may or needs",
        "pkg/controller/job/job_controller.go; test/e2e/apps/job.go",
    ),
    Guarantee(
        "job-failure",
        "a Job that cannot succeed fails for its reason, after as many pods as it may have, and leaves none at work",
        "pkg/controller/job/job_controller.go; test/e2e/apps/job.go",
    ),
    Guarantee(
        "cron-concurrency",
        "a tick that comes while a Job is at work is allowed, skipped, or takes the Job's place, as the policy says",
        "pkg/controller/cronjob/cronjob_controllerv2.go; test/e2e/apps/cronjob.go",
    ),
)
