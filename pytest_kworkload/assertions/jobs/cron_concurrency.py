"""What a CronJob does with a tick while a Job is still at work."""

from __future__ import annotations

from ...guarantees.finding import Finding
from ...guarantees.jobs.cron_concurrency import KIND, Policy, check_concurrency, ticks as ticks_seen
from ...history.deadline import Deadline
from ...history.model import History
from ...workloads.handle import Handle
from ..window import Evidence, held, judged


class Ticks(Evidence):
    """The Jobs that were made, and how many ticks were skipped."""

    made: tuple[str, ...]
    skipped: int


def assert_cron_concurrency(cron_job: Handle, policy: Policy, *, ticks: int = 2, timeout: float | None = None) -> Ticks:
    """When a tick comes while a Job is still at work, the CronJob makes another ("Allow"), skips it ("Forbid") or replaces it ("Replace").

    It watches until it has seen `ticks` ticks, at most `timeout` seconds (default: a minute more than the ticks need). That takes
    its time: the shortest schedule has one tick a minute, so two take up to two minutes, and no setting shortens that. Take the
    CronJob as `kworkload.object("CronJob", name)`. Fails as vacuous if the program does not work for longer than a minute, for then
    there is nothing to decide. Guarantee: cron-concurrency.
    """
    namespace, recording, uid = cron_job.namespace, cron_job.namespace.recording, cron_job.uid
    deadline = Deadline.after(60.0 * (ticks + 1) if timeout is None else timeout)
    kinds = ("Job", KIND, "Event")
    recording.require(KIND, deadline)
    recording.barrier(deadline, *kinds)
    mark = recording.mark()

    def check(history: History) -> Finding:
        return check_concurrency(history, uid, policy, ticks)

    recording.absent(lambda history: ticks_seen(history, uid) >= ticks or bool(check(history).breaches), deadline.remaining, since=mark)
    finding = judged(namespace, mark, kinds, check)
    held(finding, recording.look)
    return Ticks().fill(finding.evidence)
