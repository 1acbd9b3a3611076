"""Deployments: strategies, and what happens in the middle of a rollout."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...guarantees.rollouts.progress import check_deadline, reported
from ...guarantees.rollouts.proportional import check_proportional, resized
from ...guarantees.rollouts.recreate import check_recreate
from ...guarantees.rollouts.rollover import check_rollover
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.pods import controller
from ...objects.readiness import observed
from ...objects.settling import unsettled
from ...workloads.controllers import Deployment
from ..window import Evidence, Window

KINDS = ("Pod", "ReplicaSet", "Deployment")


class Recreated(Evidence):
    """The old pods, and the new ones in the order of their creation."""

    old: tuple[str, ...]
    new: tuple[str, ...]


class Rollover(Evidence):
    """The newest ReplicaSet, and the older ones that had pods when it began."""

    newest: str
    older: tuple[str, ...]


class ProportionalScaling(Evidence):
    """The sizes of the ReplicaSets before and after, by their names, and the Deployment's replicas."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    replicas: int


class ProgressDeadline(Evidence):
    """How many seconds after the last progress it was reported, and the condition's message."""

    seconds: float
    message: str


def assert_recreate(
    deployment: Deployment, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Recreated]:
    """In the update of the `with` block, no new pod is created before every old one has ended, so that two versions never meet.

    A pod that is terminating is still there. One that was deleted by force (grace period 0) may still run when its object is
    gone. That lasts as long as the pods take to end: a program that ends on SIGTERM, or a shorter
    terminationGracePeriodSeconds (default 30), makes it quick. `timeout` is in seconds, for the update to settle.

    Fails as vacuous if the block makes no new version, if there was no old pod, or if the versions kept apart by luck, with
    another strategy than Recreate. Guarantee: deploy-recreate.
    """
    return Window(
        "assert_recreate",
        deployment,
        Recreated(),
        KINDS,
        judge=lambda history: check_recreate(history, deployment.uid),
        timeout=timeout,
    ).by(trigger)


def assert_rollover(
    deployment: Deployment, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Rollover]:
    """The last of several updates in the `with` block starts at once, in the middle of the one before; all older versions go.

    From then on no older ReplicaSet grows, and in the end none has a pod. `timeout` is in seconds, for the last update to
    settle. Capacity meanwhile is for assert_rolling_update, which the same `with` statement may name too.

    Fails as vacuous if the block makes fewer than two new versions, or if the last one finds no rollout under way: wait
    until the ReplicaSet of the one before is there, and let its pods not be Ready at once. Guarantee: deploy-rollover.
    """
    return Window(
        "assert_rollover",
        deployment,
        Rollover(),
        KINDS,
        judge=lambda history: check_rollover(history, deployment.uid),
        timeout=timeout,
    ).by(trigger)


def assert_proportional_scaling(
    deployment: Deployment, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[ProportionalScaling]:
    """Scaling in the `with` block, in the middle of a rollout, gives each ReplicaSet its share of the new size.

    The share is in proportion to the size before, surge included, rounded to the nearest; the largest gets what the rounding
    leaves. Before the block roll out a version that does not become Ready. The window ends when every ReplicaSet with pods
    was sized for the new number, within `timeout` seconds. Guarantee: deploy-proportional-scale.
    """
    uid = deployment.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording = deployment.namespace.recording
        replicas = int(deployment.get()["spec"].get("replicas", 1))

        def sized(history: History) -> bool:
            now = deployment.current(history)
            active = [
                one
                for one, obj in history.before("ReplicaSet").items()
                if controller(obj) == uid and int(obj["spec"].get("replicas", 1)) > 0
            ]
            return now is not None and observed(now) and (len(active) < 2 or all(resized(history, one, replicas) for one in active))

        recording.wait_for(sized, f"{deployment} to size its ReplicaSets for {replicas} replicas", deadline, since=mark)

    return Window(
        "assert_proportional_scaling",
        deployment,
        ProportionalScaling(),
        KINDS,
        judge=lambda history: check_proportional(history, uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)


def assert_progress_deadline(
    deployment: Deployment, seconds: int, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[ProgressDeadline]:
    """The update of the `with` block does not get on; `seconds` after its last progress, and not before, the Deployment says so.

    That is all: nobody goes back by himself. It waits that long by nature; a small spec.progressDeadlineSeconds (default 600, above
    minReadySeconds) shortens it. `timeout` is in seconds. Guarantee: deploy-progress-deadline.
    """
    recording = deployment.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = deployment.uid
        own = int(deployment.get()["spec"].get("progressDeadlineSeconds", 600))
        if own > seconds:
            return  # it will not be reported in time

        def decided(history: History) -> bool:
            complete = deployment.current(history) is not None and unsettled(history, "Deployment", uid) is None
            return complete or reported(history, uid) is not None

        recording.wait_for(
            decided,
            f"{deployment} to report that its update does not get on, or to complete",
            deadline,
            since=mark,
            seen=lambda history: "\n".join(deployment.troubles(history)),
        )

    return Window(
        "assert_progress_deadline",
        deployment,
        ProgressDeadline(),
        ("Pod", "ReplicaSet", "Deployment"),
        judge=lambda history: check_deadline(history, deployment.uid, seconds),
        settle=end,
        timeout=timeout,
    ).by(trigger)
