"""When a pod is Ready."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.pods.readiness import check_not_ready_before, check_pod_ready
from ...history.deadline import Deadline
from ...workloads.pods import Pod
from ..window import Evidence, Window
from .waiting import held_after


class PodReady(Evidence):
    """The pod's node, and its containers."""

    node: str
    containers: tuple[str, ...]


class HeldBack(Evidence):
    """How many seconds the pod was held back."""

    seconds: float


def assert_pod_ready(pod: Pod, *, timeout: float | None = None) -> PodReady:
    """The pod becomes Ready within `timeout` seconds, and has a readiness signal, so that Ready means that it can do its work.

    A probe or a readiness gate is such a signal. Without one it fails as vacuous, at once. Guarantee: pod-readiness.
    """

    def wait(deadline: Deadline) -> None:
        if not check_pod_ready(pod.get()).vacuous:
            pod.wait_ready_until(deadline)

    finding = held_after(wait, pod, lambda history: check_pod_ready(history.seen("Pod")[pod.uid]), timeout)
    return PodReady().fill(finding.evidence)


def assert_not_ready_before(
    pod: Pod, condition: str, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[HeldBack]:
    """The pod that the `with` block creates is not Ready before the condition allows it, and the condition did hold it back.

    `condition` is the type of a readiness gate (set it in the block, with `pod.set_condition(type)`, when the containers are
    ready), or "startupProbe", or "initialDelaySeconds" (of the readiness probe, 2 or more: times are in whole seconds). Take the
    handle with `kworkload.pod(name, expected=True)`. It waits until the pod is Ready, at most `timeout` seconds. Fails as vacuous
    if the pod has no such condition, or does not have to wait for it. Guarantee: pod-readiness.
    """
    return Window(
        "assert_not_ready_before",
        pod,
        HeldBack(),
        ("Pod",),
        judge=lambda history: check_not_ready_before(history, pod.uid, condition),
        settle=lambda mark, deadline: pod.wait_ready_until(deadline),
        timeout=timeout,
    ).by(trigger)
