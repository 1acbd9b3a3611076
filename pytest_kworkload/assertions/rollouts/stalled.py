"""Updates to a version that never becomes available."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.rollouts.stalled import check_stalled, stall_reason
from ...guarantees.stateful_sets import broken_rollout
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...objects.settling import unsettled
from ...workloads.controllers import Deployment, StatefulSet
from ..window import Evidence, Window, kinds_of

# After everything that may happen has happened, a stall is watched this much longer: the Deployment controller acts on
# events within milliseconds, the kubelet restarts a container that ended once for the first time at once.
STALL_SECONDS = 3.0


class Stall(Evidence):
    """The lowest number of available pods of the old version, and what the new one is stuck with."""

    old_available: int
    bound: int
    reason: str


def assert_rollout_stalled(
    workload: Deployment | StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Stall]:
    """The broken version that the `with` block rolls out never takes over, and the old one keeps what the strategy promises.

    It waits until every pod of the new version is stuck (an image, the end of a back-off, a node, a readiness gate). A pod
    that is only not Ready yet counts as stuck after a Deployment's spec.progressDeadlineSeconds (default 600): lower that. A
    StatefulSet has no such deadline, so there it is waited for. A StatefulSet's update stops at its first broken replica;
    going back does not replace that one, it must be deleted. `timeout` is in seconds.

    Fails as vacuous if the block makes no new version, if no pod of it is created, or if no old pod is promised to stay.
    Guarantee: deploy-bad-rollout-keeps-old, sts-broken-rollout.
    """
    kind, uid = workload.kind, workload.uid
    stuck, check = (broken_rollout.stopped, broken_rollout.check_broken_set) if kind == "StatefulSet" else (stall_reason, check_stalled)
    at_the_latest = "" if kind == "StatefulSet" else " (at the latest at its progressDeadlineSeconds)"

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording = workload.namespace.recording
        workload.get()
        recording.wait_for(
            lambda history: stuck(history, uid) or (workload.current(history) is not None and unsettled(history, kind, uid) is None),
            f"the new version of {workload} to stall{at_the_latest} or to complete",
            deadline,
            since=mark,
            seen=lambda history: "\n".join([unsettled(history, kind, uid) or "", *workload.troubles(history)]),
        )
        recording.absent(lambda history: unsettled(history, kind, uid) is None, STALL_SECONDS, since=mark)

    return Window(
        "assert_rollout_stalled",
        workload,
        Stall(),
        kinds_of(kind),
        judge=lambda history: check(history, uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)
