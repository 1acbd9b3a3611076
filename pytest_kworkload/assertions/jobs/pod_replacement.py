"""The pod that takes the place of a Job's pod."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.jobs.outcome import is_over
from ...guarantees.jobs.pod_replacement import Policy, check_pod_replacement, replaced, terminated
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.jobs import Job
from ..window import Evidence, Window
from .outcome import KINDS


class Replaced(Evidence):
    """The pods that were terminating, and those that came in their place."""

    ended: tuple[str, ...]
    replacements: tuple[str, ...]


def assert_job_pod_replacement(
    job: Job, policy: Policy, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Replaced]:
    """A pod of the Job that terminates in the `with` block is replaced at once ("TerminatingOrFailed"), or when it has ended ("Failed").

    Delete a pod in the block, or suspend and resume the Job. A deleted pod counts as a failure, so its successor comes 10 s later at
    the earliest, however long it takes to end; after a suspension it comes at once. It waits for the successor and for the old
    pod's end, at most `timeout` seconds. Fails as vacuous if the pod ends within two seconds. Guarantee: job-pod-replacement.
    """
    recording = job.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = job.uid
        recording.barrier(deadline, "Pod")
        if terminated(recording.since(mark), uid):
            recording.wait_for(
                lambda history: replaced(history, uid) or is_over(history, uid), f"a pod of {job} to be replaced", deadline, since=mark
            )

    return Window(
        "assert_job_pod_replacement",
        job,
        Replaced(),
        KINDS,
        judge=lambda history: check_pod_replacement(history, job.uid, policy),
        settle=end,
        timeout=timeout,
    ).by(trigger)
