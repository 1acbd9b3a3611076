"""One pod, or one object: what its status tells."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ...errors import WaitTimeout
from ...guarantees.finding import Finding
from ...guarantees.pods.disruption_target import check_disruption_target, disrupted
from ...guarantees.pods.not_ready_before import check_held_back
from ...guarantees.pods.ready import check_observed, check_pod_ready
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.readiness import observed
from ...workloads.handle import Handle
from ...workloads.pods import Pod
from ..window import Evidence, Window, after


class PodReady(Evidence):
    """The pod's node, and its containers."""

    node: str
    containers: tuple[str, ...]


class Observed(Evidence):
    """The generation that the status is about."""

    generation: int


class HeldBack(Evidence):
    """For how long the pod was held back."""

    seconds: float


class Disruption(Evidence):
    """The condition's reason and message."""

    reason: str
    message: str


def assert_pod_ready(pod: Pod, *, timeout: float | None = None) -> PodReady:
    """The pod becomes Ready within `timeout` seconds, and has a probe or a gate, so that this means that it can do its work.

    Without a readiness signal it fails as vacuous, at once. Guarantee: pod-readiness.
    """

    def wait(deadline: Deadline) -> None:
        if not check_pod_ready(pod.get()).vacuous:
            pod.wait_ready_until(deadline)

    return PodReady().fill(_at_last(pod, lambda history: check_pod_ready(history.seen("Pod")[pod.uid]), wait, timeout))


def assert_observed(handle: Handle, *, timeout: float | None = None) -> Observed:
    """The object's controller has seen the spec that the object has now, within `timeout` seconds.

    Only then its status can be believed. An object whose status has no observedGeneration when the time is over fails as
    vacuous; one that has no generation at all does so at once. Guarantee: observed.
    """

    def wait(deadline: Deadline) -> None:
        if "generation" in handle.get()["metadata"]:
            handle.namespace.recording.wait_for(
                lambda history: (now := handle.current(history)) is not None and observed(now), f"{handle} to be observed", deadline
            )

    return Observed().fill(
        _at_last(handle, lambda history: check_observed(history.seen(handle.key)[handle.uid], handle.kind or handle.key), wait, timeout)
    )


def assert_not_ready_before(
    pod: Pod, condition: str, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[HeldBack]:
    """The pod that the `with` block makes is not Ready before the condition allows it, and the condition did hold it back.

    `condition` is the type of a readiness gate (set it in the block, with `pod.set_condition(type)`, when the containers are
    ready), or "startupProbe", or "initialDelaySeconds" (of the readiness probe, 2 or more: times are in whole seconds). Take a
    handle with `kworkload.pod(name, expected=True)`. It waits until the pod is Ready, at most `timeout` seconds.
    Guarantee: pod-readiness.
    """
    return Window(
        "assert_not_ready_before",
        pod,
        HeldBack(),
        ("Pod",),
        judge=lambda history: check_held_back(history, pod.uid, condition),
        settle=lambda mark, deadline: pod.wait_ready_until(deadline),
        timeout=timeout,
    ).by(trigger)


def assert_disruption_target(
    pod: Pod, reason: str = "EvictionByEvictionAPI", *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Disruption]:
    """The `with` block disrupts the pod, and when it began to go it had the condition DisruptionTarget with this reason.

    Reasons of Kubernetes: EvictionByEvictionAPI, DeletionByTaintManager, PreemptionByScheduler, DeletionByPodGC, and
    TerminationByKubelet, which leaves the pod there as Failed. It waits until the pod begins to go, or has failed so, at most
    `timeout` seconds; fails as vacuous if it does not. Guarantee: pod-disruption-target.
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


def _at_last(
    handle: Handle, judge: Callable[[History], Finding], wait: Callable[[Deadline], None], timeout: float | None
) -> dict[str, object]:
    """What is found when the wait is over."""
    namespace, key = handle.namespace, handle.key
    deadline = namespace.deadline(timeout)
    namespace.recording.require(key, deadline)
    namespace.recording.barrier(deadline, key)
    return dict(after(lambda: wait(deadline), namespace, None, (key,), judge).evidence)
