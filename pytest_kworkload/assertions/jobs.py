"""Jobs: how they end."""

from __future__ import annotations

from collections.abc import Callable

from ..guarantees.cron import KIND as CRON_JOB
from ..guarantees.cron import Policy, check_concurrency
from ..guarantees.cron import ticks as seen
from ..guarantees.finding import Finding
from ..guarantees.jobs import check_completes, check_fails, over
from ..history.deadline import Deadline
from ..history.model import History
from ..history.recording import Mark
from ..workloads.handle import Handle
from ..workloads.jobs import Job
from .window import Evidence, Window, held, judged

KINDS = ("Pod", "Job")


class Completed(Evidence):
    """How many pods succeeded, the most that were active at a time, and how many were made in all."""

    succeeded: int
    highest_active: int
    pods: int


class Failed(Evidence):
    """Kubernetes' word for the reason, and how many pods were made."""

    reason: str
    pods: int


class Ticks(Evidence):
    """The Jobs that were made, and how many ticks were skipped."""

    made: tuple[str, ...]
    skipped: int


def assert_job_completes(
    job: Job,
    *,
    completions: int | None = None,
    parallelism: int | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Completed]:
    """The Job that the `with` block creates completes, and never has more pods at work than `parallelism`, or than it still needs.

    `completions` and `parallelism` are what you expect; without them the Job's own count, of a parallelism that is changed the
    largest. In the end as many pods have succeeded (of an Indexed Job one for each index) and none is at work. A program may have
    run more often than that: nothing promises exactly once. Take the handle with `kworkload.job(name, expected=True)`. `timeout`
    is in seconds. Source: job-completions, job-indexed.
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

    `pods` is how many may have been made by then; for BackoffLimitExceeded with restartPolicy Never, parallelism 1 and one
    completion it is backoffLimit + 1, unless a podFailurePolicy or a backoffLimitPerIndex counts otherwise. By nature this waits:
    each new pod comes after 10 s, then 20 s, and so on; a low backoffLimit shortens it, and so does activeDeadlineSeconds.
    `timeout` is in seconds. Source: job-backoff, job-deadline.
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
            lambda history: over(history, uid),
            f"{job} to end",
            deadline,
            seen=lambda history: "\n".join(job.troubles(history)),
        )

    return end


def assert_cron_concurrency(cron_job: Handle, policy: Policy, *, ticks: int = 2, timeout: float | None = None) -> Ticks:
    """When a tick comes while a Job is still at work, the CronJob makes another ("Allow"), skips it ("Forbid") or replaces it ("Replace").

    Watches until `ticks` ticks were seen. This waits by nature: the shortest schedule has one tick a minute, so two take up to two
    minutes, and no setting shortens that. `timeout` is in seconds; without it it is a minute more than the ticks need. The
    program must work for longer than a minute, else there is nothing to decide: vacuous. Take the CronJob as
    `kworkload.object("CronJob", name)`. Source: cron-concurrency.
    """
    namespace, recording, uid = cron_job.namespace, cron_job.namespace.recording, cron_job.uid
    deadline = Deadline.after(60.0 * (ticks + 1) if timeout is None else timeout)
    kinds = ("Job", CRON_JOB, "Event")
    recording.require(CRON_JOB, deadline)
    recording.barrier(deadline, *kinds)
    mark = recording.mark()

    def check(history: History) -> Finding:
        return check_concurrency(history, uid, policy, ticks)

    recording.absent(lambda history: seen(history, uid) >= ticks or bool(check(history).breaches), deadline.remaining, since=mark)
    finding = judged(namespace, mark, kinds, check)
    held(finding, recording.look)
    return Ticks().fill(finding.evidence)
