"""Pods that a controller adopts, and pods that it releases."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...guarantees.replica_sets.adoption import check_adopted, check_released, takes
from ...history.model import History, Object
from ...objects.pods import controller, owners, terminating
from ...workloads.controllers import Workload
from ...workloads.pods import Pod
from ..window import Evidence, held, judged, kinds_of, settled


class Adopted(Evidence):
    """The names of the pod and of its owner."""

    pod: str
    owner: str


class Released(Evidence):
    """The names of the pod and of the one that took its place."""

    pod: str
    replacement: str


def assert_adopted(owner: Workload, pod: Pod, *, timeout: float | None = None) -> Adopted:
    """The pod, which had no controller, becomes the workload's, because the workload's selector matches the pod's labels.

    A Deployment's ReplicaSets also select by the label pod-template-hash, and a StatefulSet takes only pods with its name and an
    ordinal. A pod that would be one too many is deleted instead. `timeout` is in seconds, for the adoption and for the workload to
    settle. Fails as vacuous for a pod that had a controller from the start. Guarantee: rs-adopt-release.
    """
    kind, uid = owner.kind, owner.uid

    def decided(history: History, now: Object) -> bool:
        hopeless = bool(owners(history, kind, uid)) and not takes(history, kind, uid, now)
        return hopeless or controller(now) is not None

    def check(history: History) -> Finding:
        return check_adopted(history, kind, uid, pod.uid)

    finding = _judged_when_decided(owner, pod, timeout, f"{owner} to adopt {pod}", decided, check)
    return Adopted().fill(finding.evidence)


def assert_released(owner: Workload, pod: Pod, *, timeout: float | None = None) -> Released:
    """The workload's pod, whose labels no longer match the selector, has no controller now; another one takes its place.

    `timeout` is in seconds, for the release and for the workload to settle. Fails as vacuous for a pod that the workload never
    had. Guarantee: rs-adopt-release.
    """
    kind, uid = owner.kind, owner.uid

    def decided(history: History, now: Object) -> bool:
        return takes(history, kind, uid, now) or controller(now) not in owners(history, kind, uid)

    def check(history: History) -> Finding:
        return check_released(history, kind, uid, pod.uid)

    finding = _judged_when_decided(owner, pod, timeout, f"{owner} to release {pod}", decided, check)
    return Released().fill(finding.evidence)


def _judged_when_decided(
    owner: Workload,
    pod: Pod,
    timeout: float | None,
    awaiting: str,
    decided: Callable[[History, Object], bool],
    judge: Callable[[History], Finding],
) -> Finding:
    """Wait until it is decided whose the pod is, and until the owner has settled; judge over the whole test."""
    namespace, uid = owner.namespace, pod.uid
    deadline, recording = namespace.deadline(timeout), namespace.recording
    kinds = kinds_of(owner.kind)
    recording.barrier(deadline, *kinds)

    def known(history: History) -> bool:
        now = history.objects("Pod").get(uid)
        return now is None or terminating(now) or decided(history, now)

    recording.wait_for(known, awaiting, deadline)
    settled(owner, deadline)
    finding = judged(namespace, None, kinds, judge)
    held(finding, recording.look)
    return finding
