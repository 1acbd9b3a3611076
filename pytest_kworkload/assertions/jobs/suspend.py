"""Jobs that are suspended."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.jobs.outcome import is_over
from ...guarantees.jobs.suspend import check_suspended, suspended
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.jobs import Job
from ..window import ABSENCE_SECONDS, Evidence, Window
from .outcome import KINDS


class Suspended(Evidence):
    """The pods that were taken away."""

    taken: tuple[str, ...]


def assert_job_suspended(
    job: Job, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Suspended]:
    """The `with` block suspends the Job; its pods are taken away, and no others come for `settle` seconds.

    It waits for the pods to go, at most `timeout` seconds, and then for `settle`. Fails as vacuous if no pod was at work.
    Guarantee: job-suspend.
    """
    recording, since = job.namespace.recording, [job.namespace.recording.beginning]

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = job.uid
        since[0] = mark
        if job.get()["spec"].get("suspend"):
            recording.wait_for(lambda history: suspended(history, uid) or is_over(history, uid), f"{job} to have no pod at work", deadline)
            since[0] = recording.mark()
            recording.absent(lambda history: not suspended(history, uid), settle)

    return Window(
        "assert_job_suspended",
        job,
        Suspended(),
        KINDS,
        judge=lambda history: check_suspended(history, job.uid, since[0].moment, settle),
        settle=end,
        timeout=timeout,
    ).by(trigger)
