"""What belongs to whom: adopted and released pods, and what becomes of dependents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...guarantees.finding import Finding
from ...guarantees.replica_sets import adoption, cascade
from ...history.deadline import Deadline
from ...history.model import History, Object
from ...history.recording import Mark
from ...objects.pods import controller, owners, terminating
from ...workloads.controllers import Workload
from ...workloads.handle import Handle
from ...workloads.pods import Pod
from ..window import ABSENCE_SECONDS, Evidence, Window, held, judged, kinds_of, settled


class Adopted(Evidence):
    """The names of the pod and of its owner."""

    pod: str
    owner: str


class Released(Evidence):
    """The names of the pod and of the one that took its place."""

    pod: str
    replacement: str


class Cascade(Evidence):
    """What depended on the owner, and what of it is still there."""

    dependents: tuple[str, ...]
    kept: tuple[str, ...]


def assert_adopted(owner: Workload, pod: Pod, *, timeout: float | None = None) -> Adopted:
    """The pod, which nobody controlled, becomes the workload's, because its selector matches the pod's labels.

    A Deployment's ReplicaSets select by the label pod-template-hash too, and a StatefulSet takes only pods with its name and an
    ordinal. A pod that would be one too many is deleted instead. `timeout` is in seconds, for the adoption and for the workload to
    settle. Fails as vacuous for a pod that had a controller all the time. Guarantee: rs-adopt-release.
    """
    kind, uid = owner.kind, owner.uid

    def decided(history: History, now: Object) -> bool:
        lost = bool(owners(history, kind, uid)) and not adoption.takes(history, kind, uid, now)
        return lost or controller(now) is not None

    check = adoption.check_adopted
    finding = _owned(owner, pod, timeout, f"{owner} to adopt {pod}", decided, lambda history: check(history, kind, uid, pod.uid))
    return Adopted().fill(finding.evidence)


def assert_released(owner: Workload, pod: Pod, *, timeout: float | None = None) -> Released:
    """The workload's pod, whose labels do not match the selector any more, is nobody's now; another one takes its place.

    `timeout` is in seconds, for the release and for the workload to settle. Fails as vacuous for a pod that the workload never
    had. Guarantee: rs-adopt-release.
    """
    kind, uid = owner.kind, owner.uid

    def decided(history: History, now: Object) -> bool:
        return adoption.takes(history, kind, uid, now) or controller(now) not in owners(history, kind, uid)

    check = adoption.check_released
    finding = _owned(owner, pod, timeout, f"{owner} to release {pod}", decided, lambda history: check(history, kind, uid, pod.uid))
    return Released().fill(finding.evidence)


def _owned(
    owner: Workload,
    pod: Pod,
    timeout: float | None,
    awaiting: str,
    decided: Callable[[History, Object], bool],
    judge: Callable[[History], Finding],
) -> Finding:
    """Wait until it is decided whose the pod is, and for the owner to settle; judge over the whole test."""
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


def assert_cascading_delete(
    owner: Handle,
    *,
    propagation: Literal["Background", "Foreground", "Orphan"] = "Background",
    settle: float = ABSENCE_SECONDS,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Cascade]:
    """The `with` block deletes the owner: its dependents go too, directly or through others; with "Orphan" they stay without it.

    With "Foreground" the owner is the last to go. Dependents are what names the owner in its ownerReferences, of every kind
    that is recorded. The garbage collector acts on events, but may take half a minute to learn of a new kind. With "Orphan"
    it is watched for `settle` seconds that nothing goes. `timeout` is in seconds.

    Fails as vacuous if nothing depended on the owner. Guarantee: owner-cascade.
    """
    uid, key, recording = owner.uid, owner.key, owner.namespace.recording

    def check(history: History) -> Finding:
        return cascade.check_cascade(history, key, uid, propagation)

    def end(mark: Mark, deadline: Deadline) -> None:
        recording.barrier(deadline, key)
        if cascade.deleted_by(recording.since(mark), key, uid) is None:
            return

        def done(history: History) -> bool:
            if uid in history.objects(key):
                return False
            every = cascade.dependents(history, uid)
            wrong = cascade.deleted_by(history, key, uid) != propagation
            return wrong or propagation == "Orphan" or not cascade.remaining(history, every)

        recording.wait_for(done, f"{owner} and what depends on it to be gone", deadline, since=mark)
        if propagation == "Orphan":
            recording.absent(lambda history: bool(check(history).breaches), settle, since=mark)

    kinds = tuple(sorted(recording.since().known - {"Event"}))  # which depend on nothing and expire
    return Window("assert_cascading_delete", owner, Cascade(), kinds, judge=check, settle=end, timeout=timeout).by(trigger)
