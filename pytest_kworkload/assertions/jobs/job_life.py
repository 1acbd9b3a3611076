"""Jobs while they last: pods that are replaced, a Job that is put aside, one that is cleaned up."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.jobs.outcome import over
from ...guarantees.jobs.pod_replacement import Policy, check_replacement, replaced, terminated
from ...guarantees.jobs.suspend_and_ttl import check_suspended, check_ttl, gone, suspended
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.jobs import Job
from ..window import ABSENCE_SECONDS, Evidence, Window
from .outcome import KINDS


class Replaced(Evidence):
    """The pods that were terminating, and those that came in their place."""

    ended: tuple[str, ...]
    replacements: tuple[str, ...]


class Suspended(Evidence):
    """The pods that were taken away."""

    taken: tuple[str, ...]


class CleanedUp(Evidence):
    """How many seconds after its end the Job was deleted."""

    seconds: float


def assert_job_pod_replacement(
    job: Job, policy: Policy, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Replaced]:
    """A pod of the Job that the `with` block makes terminate is replaced at once ("TerminatingOrFailed"), or when it has ended ("Failed").

    Delete a pod in the block, or suspend and resume the Job. A deleted pod counts as a failure, so its successor comes 10 s later at
    the earliest, however long it takes to end; after suspend and resume it comes at once. Fails as vacuous if the pod ends within
    two seconds. It waits for the successor and for the old pod's end, at most `timeout` seconds. Guarantee: job-pod-replacement.
    """
    recording = job.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = job.uid
        recording.barrier(deadline, "Pod")
        if terminated(recording.since(mark), uid):
            recording.wait_for(
                lambda history: replaced(history, uid) or over(history, uid), f"a pod of {job} to be replaced", deadline, since=mark
            )

    return Window(
        "assert_job_pod_replacement",
        job,
        Replaced(),
        KINDS,
        judge=lambda history: check_replacement(history, job.uid, policy),
        settle=end,
        timeout=timeout,
    ).by(trigger)


def assert_job_suspended(
    job: Job, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Suspended]:
    """The `with` block suspends the Job; its pods are taken away, and no others come for `settle` seconds.

    Waits for the pods to go, at most `timeout` seconds. Fails as vacuous if no pod was at work. Guarantee: job-suspend.
    """
    recording, put_aside = job.namespace.recording, [job.namespace.recording.beginning]

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = job.uid
        put_aside[0] = mark
        if job.get()["spec"].get("suspend"):
            recording.wait_for(lambda history: suspended(history, uid) or over(history, uid), f"{job} to have no pod at work", deadline)
            put_aside[0] = recording.mark()
            recording.absent(lambda history: not suspended(history, uid), settle)

    return Window(
        "assert_job_suspended",
        job,
        Suspended(),
        KINDS,
        judge=lambda history: check_suspended(history, job.uid, put_aside[0].moment, settle),
        settle=end,
        timeout=timeout,
    ).by(trigger)


def assert_job_ttl(
    job: Job, seconds: int, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[CleanedUp]:
    """The Job that the `with` block creates is deleted, with its pods, `seconds` after its end and not before.

    By nature this waits as long as the Job works and `seconds` more; a small spec.ttlSecondsAfterFinished shortens it. Take the
    handle with `kworkload.job(name, expected=True)`. `timeout` is in seconds. Guarantee: job-ttl.
    """
    recording = job.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = job.uid
        recording.wait_for(
            lambda history: over(history, uid) or gone(history, uid),
            f"{job} to end",
            deadline,
            since=mark,
            seen=lambda history: "\n".join(job.troubles(history)),
        )
        own = recording.since(mark).seen("Job")[uid]["spec"].get("ttlSecondsAfterFinished")
        if own is not None and own <= seconds:  # else it will not go in time, or not at all
            recording.wait_for(lambda history: gone(history, uid), f"{job} to be deleted {own} s after its end", deadline, since=mark)

    return Window(
        "assert_job_ttl",
        job,
        CleanedUp(),
        KINDS,
        judge=lambda history: check_ttl(history, job.uid, seconds),
        settle=end,
        timeout=timeout,
    ).by(trigger)
