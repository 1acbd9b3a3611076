"""Finished Jobs that are cleaned up."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.jobs.outcome import is_over
from ...guarantees.jobs.ttl import check_ttl, gone_with_pods
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.jobs import Job
from ..window import Evidence, Window
from .outcome import KINDS


class CleanedUp(Evidence):
    """How many seconds after its end the Job was deleted."""

    seconds: float


def assert_job_ttl(
    job: Job, seconds: int, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[CleanedUp]:
    """The Job that the `with` block creates is deleted, with its pods, `seconds` after its end and not before.

    It waits as long as the Job works and `seconds` more, at most `timeout` seconds; a small spec.ttlSecondsAfterFinished shortens that.
    Take the handle with `kworkload.job(name, expected=True)`. Fails as vacuous if the Job does not end. Guarantee: job-ttl.
    """
    recording = job.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = job.uid
        recording.wait_for(
            lambda history: is_over(history, uid) or gone_with_pods(history, uid),
            f"{job} to end",
            deadline,
            since=mark,
            seen=lambda history: "\n".join(job.troubles(history)),
        )
        own = recording.since(mark).seen("Job")[uid]["spec"].get("ttlSecondsAfterFinished")
        if own is not None and own <= seconds:  # otherwise it will not go in time, or not at all
            awaiting = f"{job} to be deleted {own} s after its end"
            recording.wait_for(lambda history: gone_with_pods(history, uid), awaiting, deadline, since=mark)

    return Window(
        "assert_job_ttl",
        job,
        CleanedUp(),
        KINDS,
        judge=lambda history: check_ttl(history, job.uid, seconds),
        settle=end,
        timeout=timeout,
    ).by(trigger)
