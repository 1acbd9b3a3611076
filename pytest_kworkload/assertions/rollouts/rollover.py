"""A new version in the middle of a rollout."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.rollouts.rollover import check_rollover
from ...workloads.controllers import Deployment
from ..window import Evidence, Window, kinds_of


class Rollover(Evidence):
    """The newest ReplicaSet, and the older ones that had pods when it began."""

    newest: str
    older: tuple[str, ...]


def assert_rollover(
    deployment: Deployment, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Rollover]:
    """The last of several updates in the `with` block starts at once, in the middle of the one before; all older versions go.

    From then on no older ReplicaSet grows, and at the end none has a pod. `timeout` is in seconds, for the last update to
    settle. Capacity meanwhile is for assert_rolling_update, which the same `with` statement may name too.

    Fails as vacuous if the block makes fewer than two new versions, or if the last one finds no rollout under way: wait
    until the ReplicaSet of the one before is there, and let its pods not be Ready at once. Guarantee: deploy-rollover.
    """
    return Window(
        "assert_rollover",
        deployment,
        Rollover(),
        kinds_of(deployment.kind),
        judge=lambda history: check_rollover(history, deployment.uid),
        timeout=timeout,
    ).by(trigger)
