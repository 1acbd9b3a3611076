"""Ticks that a CronJob missed, and what it makes up for."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.jobs.cron_catches_up import check_catches_up, gave_up
from ...guarantees.jobs.cron_concurrency import KIND, jobs_made
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.handle import Handle
from ..window import ABSENCE_SECONDS, ANSWER_SECONDS, Evidence, Window


class CaughtUp(Evidence):
    """The Job, the tick that it is for, and how many seconds late it came."""

    job: str
    scheduled: str
    late: float


def assert_cron_catches_up(
    cron_job: Handle, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[CaughtUp]:
    """For all the ticks that were missed before the `with` block the CronJob makes one Job in it, for the latest, and no other.

    Let it miss ticks first (spec.suspend: true), and resume it in the block. Ticks that are older than spec.startingDeadlineSeconds
    are given up. It waits up to 20 seconds for the first Job, and then for `settle` seconds to see that no other one comes; both
    together take at most `timeout` seconds. Use a schedule whose next tick is far away. Fails as vacuous if no tick was
    missed. Guarantee: cron-missed.
    """
    recording = cron_job.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = cron_job.uid
        answer = min(ANSWER_SECONDS, deadline.remaining)
        recording.absent(lambda history: jobs_made(history, uid) or gave_up(history, uid), answer, since=mark)
        recording.absent(lambda history: len(jobs_made(history, uid)) > 1, min(settle, deadline.remaining), since=mark)

    recording.require(KIND, cron_job.namespace.deadline(timeout))
    return Window(
        "assert_cron_catches_up",
        cron_job,
        CaughtUp(),
        ("Job", KIND),
        judge=lambda history: check_catches_up(history, cron_job.uid),
        settle=end,
        timeout=timeout,
    ).by(trigger)
