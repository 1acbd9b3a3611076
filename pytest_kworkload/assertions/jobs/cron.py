"""CronJobs: what they keep of the past, and what they catch up on."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...guarantees.jobs.cron_concurrency import KIND, KIND as CRON_JOB, Policy, check_concurrency, ticks as seen
from ...guarantees.jobs.cron_history import check_history, check_missed, given_up, made, surplus
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...workloads.handle import Handle
from ..window import ABSENCE_SECONDS, ANSWER_SECONDS, Evidence, Window, after, held, judged


class CronHistory(Evidence):
    """The Jobs that are kept, oldest first: those that succeeded, those that failed."""

    succeeded: tuple[str, ...]
    failed: tuple[str, ...]


class CaughtUp(Evidence):
    """The Job, the tick that it is for, and how many seconds late it came."""

    job: str
    scheduled: str
    late: float


def assert_cron_history(cron_job: Handle, *, successful: int = 3, failed: int = 1, timeout: float | None = None) -> CronHistory:
    """Of the CronJob's Jobs that are over exactly the newest are kept: so many that succeeded, and so many that failed.

    Waits at most `timeout` seconds for the others to go. Fails as vacuous if there never were more in the test. Jobs that you
    make yourself count too, if the CronJob is their controller (as `kubectl create job --from` makes them): that saves the wait
    for ticks. Take the CronJob as `kworkload.object("CronJob", name)`. Guarantee: cron-history.
    """
    namespace, recording, uid = cron_job.namespace, cron_job.namespace.recording, cron_job.uid
    deadline, kinds = namespace.deadline(timeout), ("Job", KIND)
    recording.require(KIND, deadline)
    recording.barrier(deadline, *kinds)

    def wait() -> None:
        recording.wait_for(
            lambda history: not surplus(history, uid),
            f"the old Jobs of {cron_job} to go",
            deadline,
            seen=lambda history: ", ".join(surplus(history, uid)),
        )

    finding = after(wait, namespace, None, kinds, lambda history: check_history(history, uid, successful, failed))
    return CronHistory().fill(finding.evidence)


def assert_cron_catches_up(
    cron_job: Handle, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[CaughtUp]:
    """For all the ticks that were missed before the `with` block the CronJob makes one Job in it, for the latest, and no others.

    Let it miss ticks first (spec.suspend), and let it go on in the block. With spec.startingDeadlineSeconds ticks that are older are
    given up. The first Job is waited for 20 seconds; then it is watched for `settle` seconds that there is no other. Use a schedule
    whose next tick is far away. `timeout`, in seconds, is for both. Guarantee: cron-missed.
    """
    recording = cron_job.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = cron_job.uid
        recording.absent(lambda history: made(history, uid) or given_up(history, uid), min(ANSWER_SECONDS, deadline.remaining), since=mark)
        recording.absent(lambda history: len(made(history, uid)) > 1, min(settle, deadline.remaining), since=mark)

    recording.require(KIND, cron_job.namespace.deadline(timeout))
    return Window(
        "assert_cron_catches_up",
        cron_job,
        CaughtUp(),
        ("Job", KIND),
        judge=lambda history: check_missed(history, cron_job.uid),
        settle=end,
        timeout=timeout,
    ).by(trigger)


class Ticks(Evidence):
    """The Jobs that were made, and how many ticks were skipped."""

    made: tuple[str, ...]
    skipped: int


def assert_cron_concurrency(cron_job: Handle, policy: Policy, *, ticks: int = 2, timeout: float | None = None) -> Ticks:
    """When a tick comes while a Job is still at work, the CronJob makes another ("Allow"), skips it ("Forbid") or replaces it ("Replace").

    Watches until `ticks` ticks were seen. This waits by nature: the shortest schedule has one tick a minute, so two take up to two
    minutes, and no setting shortens that. `timeout` is in seconds; without it it is a minute more than the ticks need. The
    program must work for longer than a minute, else there is nothing to decide: vacuous. Take the CronJob as
    `kworkload.object("CronJob", name)`. Guarantee: cron-concurrency.
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
