"""Updates that make no progress, and when that is reported."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.rollouts.progress_deadline import check_progress_deadline, deadline_report
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.settling import unsettled
from ...workloads.controllers import Deployment
from ..window import Evidence, Window, kinds_of


class ProgressDeadline(Evidence):
    """How many seconds after the last progress it was reported, and the condition's message."""

    seconds: float
    message: str


def assert_progress_deadline(
    deployment: Deployment, seconds: int, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[ProgressDeadline]:
    """The update of the `with` block makes no progress; `seconds` after the last, and not before, the Deployment says so.

    That is all: Kubernetes does not roll back by itself. The wait takes that long by nature; a small spec.progressDeadlineSeconds
    (default 600, above minReadySeconds) shortens it. `timeout` is in seconds.

    Fails as vacuous if the block makes no new version, if the Deployment is paused, or if the update completes.
    Guarantee: deploy-progress-deadline.
    """
    recording, uid = deployment.namespace.recording, deployment.uid

    def end(mark: Mark, deadline: Deadline) -> None:
        own = int(deployment.get()["spec"].get("progressDeadlineSeconds", 600))
        if own > seconds:
            return  # it will not be reported in time

        def decided(history: History) -> bool:
            complete = deployment.current(history) is not None and unsettled(history, "Deployment", uid) is None
            return complete or deadline_report(history, uid) is not None

        recording.wait_for(
            decided,
            f"{deployment} to report that its update makes no progress, or to complete",
            deadline,
            since=mark,
            seen=lambda history: "\n".join(deployment.troubles(history)),
        )

    return Window(
        "assert_progress_deadline",
        deployment,
        ProgressDeadline(),
        kinds_of(deployment.kind),
        judge=lambda history: check_progress_deadline(history, uid, seconds),
        settle=end,
        timeout=timeout,
    ).by(trigger)
