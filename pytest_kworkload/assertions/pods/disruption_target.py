"""Pods that are disrupted, and say why."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ...errors import WaitTimeout
from ...guarantees.pods.disruption_target import check_disruption_target, disrupted
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.pods import Pod
from ..window import Evidence, Window


class Disruption(Evidence):
    """The condition's reason and message."""

    reason: str
    message: str


def assert_disruption_target(
    pod: Pod, reason: str = "EvictionByEvictionAPI", *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Disruption]:
    """The pod that the `with` block disrupts has the condition DisruptionTarget, with this reason, when it begins to go.

    Reasons of Kubernetes: EvictionByEvictionAPI, DeletionByTaintManager, PreemptionByScheduler, DeletionByPodGC, and
    TerminationByKubelet, which leaves the pod there as Failed. It waits until the pod begins to go, or has failed in this way, at
    most `timeout` seconds; fails as vacuous if neither happens. Guarantee: pod-disruption-target.
    """
    uid = pod.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording = pod.namespace.recording
        with suppress(WaitTimeout):  # then the finding says that it was not disrupted
            recording.wait_for(lambda history: disrupted(history, uid) is not None, f"{pod} to be disrupted", deadline, since=mark)

    return Window(
        "assert_disruption_target",
        pod,
        Disruption(),
        ("Pod",),
        judge=lambda history: check_disruption_target(history, uid, reason),
        settle=settle,
        timeout=timeout,
    ).by(trigger)
