"""Scaling in the middle of a rollout."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...guarantees.rollouts.proportional_scaling import check_proportional_scaling, first_sized_for
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.pods import controller
from ...objects.readiness import observed
from ...workloads.controllers import Deployment
from ..window import Evidence, Window, kinds_of


class ProportionalScaling(Evidence):
    """The sizes of the ReplicaSets before and after, by their names, and the Deployment's replicas."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    replicas: int


def assert_proportional_scaling(
    deployment: Deployment, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[ProportionalScaling]:
    """Scaling in the `with` block, in the middle of a rollout, gives each ReplicaSet its share of the new size.

    The share is in proportion to the size before, surge included, rounded to the nearest; the largest gets what the rounding
    leaves. Before the block roll out a version that does not become Ready. The window ends when every ReplicaSet with pods
    has been sized for the new number, within `timeout` seconds.

    Fails as vacuous if the block does not scale the Deployment, or if one ReplicaSet had all pods.
    Guarantee: deploy-proportional-scale.
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
            return now is not None and observed(now) and (len(active) < 2 or all(first_sized_for(history, one, replicas) for one in active))

        recording.wait_for(sized, f"{deployment} to size its ReplicaSets for {replicas} replicas", deadline, since=mark)

    return Window(
        "assert_proportional_scaling",
        deployment,
        ProportionalScaling(),
        kinds_of(deployment.kind),
        judge=lambda history: check_proportional_scaling(history, uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)
