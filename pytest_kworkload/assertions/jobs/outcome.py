"""Jobs: how they end."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.jobs.outcome import check_completes, check_fails, is_over
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.jobs import Job
from ..window import Evidence, Window

KINDS = ("Pod", "Job")


class Completed(Evidence):
    """How many pods succeeded, the most that were active at a time, and how many were made altogether."""

    succeeded: int
    highest_active: int
    pods: int


class Failed(Evidence):
    """Kubernetes' word for the reason, and how many pods were made."""

    reason: str
    pods: int


def assert_job_completes(
    job: Job,
    *,
    completions: int | None = None,
    parallelism: int | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Completed]:
    """The Job that the `with` block creates completes, and never has more pods at work than `parallelism`, or than it still needs.

    `completions` and `parallelism` are what you expect; without them the Job's own count (the largest of a parallelism that changes).
    At the end as many pods have succeeded (one for each index of an Indexed Job), and none is at work. A program may have run more
    often than that: nothing promises exactly once. Take the handle with `kworkload.job(name, expected=True)`. It waits until the
    Job is over, at most `timeout` seconds. Fails as vacuous if it does not complete in the block. Guarantee: job-completions.
    """
    return Window(
        "assert_job_completes",
        job,
        Completed(),
        KINDS,
        judge=lambda history: check_completes(history, job.uid, completions, parallelism),
        settle=_end(job),
        timeout=timeout,
    ).by(trigger)


def assert_job_fails(
    job: Job, reason: str, *, pods: int | None = None, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Failed]:
    """The Job that the `with` block creates fails for this reason ("BackoffLimitExceeded", "DeadlineExceeded", ...), and none is at work.

    `pods` is how many pods must have been made by then; for BackoffLimitExceeded with restartPolicy Never, parallelism 1 and one
    completion it is backoffLimit + 1, unless a podFailurePolicy or a backoffLimitPerIndex counts differently. It waits until the Job
    is over, at most `timeout` seconds: each new pod comes after 10 s, then 20 s, and so on, which a low backoffLimit or an
    activeDeadlineSeconds shortens. Fails as vacuous if the Job does not fail in the block. Guarantee: job-failure.
    """
    return Window(
        "assert_job_fails",
        job,
        Failed(),
        KINDS,
        judge=lambda history: check_fails(history, job.uid, reason, pods),
        settle=_end(job),
        timeout=timeout,
    ).by(trigger)


def _end(job: Job) -> Callable[[Mark, Deadline], None]:
    def end(mark: Mark, deadline: Deadline) -> None:
        uid = job.uid
        job.namespace.recording.wait_for(
            lambda history: is_over(history, uid),
            f"{job} to end",
            deadline,
            seen=lambda history: "\n".join(job.troubles(history)),
        )

    return end
