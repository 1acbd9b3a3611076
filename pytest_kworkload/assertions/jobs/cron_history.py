"""The finished Jobs that a CronJob keeps."""

from __future__ import annotations

from ...guarantees.jobs.cron_concurrency import KIND
from ...guarantees.jobs.cron_history import check_history, surplus
from ...workloads.handle import Handle
from ..window import Evidence, after


class CronHistory(Evidence):
    """The Jobs that are kept, oldest first: those that succeeded, those that failed."""

    succeeded: tuple[str, ...]
    failed: tuple[str, ...]


def assert_cron_history(cron_job: Handle, *, successful: int = 3, failed: int = 1, timeout: float | None = None) -> CronHistory:
    """Of the CronJob's finished Jobs exactly the newest are kept: `successful` that succeeded, and `failed` that failed.

    It waits for the others to go, at most `timeout` seconds. Jobs that you make yourself count too if the CronJob is their controller
    (as `kubectl create job --from` makes them), which saves waiting for ticks. Take the CronJob as
    `kworkload.object("CronJob", name)`. Fails as vacuous if there never were more finished Jobs in the test. Guarantee: cron-history.
    """
    namespace, recording, uid = cron_job.namespace, cron_job.namespace.recording, cron_job.uid
    deadline, kinds = namespace.deadline(timeout), ("Job", KIND)
    recording.require(KIND, deadline)
    recording.barrier(deadline, *kinds)

    def wait() -> None:
        recording.wait_for(
            lambda history: not surplus(history, uid),
            f"the surplus Jobs of {cron_job} to go",
            deadline,
            seen=lambda history: ", ".join(surplus(history, uid)),
        )

    finding = after(wait, namespace, None, kinds, lambda history: check_history(history, uid, successful, failed))
    return CronHistory().fill(finding.evidence)
