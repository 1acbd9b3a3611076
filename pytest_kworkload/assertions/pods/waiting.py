"""Waiting for a state of one pod or object."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.finding import Finding
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.pods import finished, terminating
from ...objects.readiness import pod_trouble, unready
from ...workloads.handle import Handle
from ...workloads.pods import Pod
from ..window import after


def ready_finished_or_gone(pod: Pod) -> Callable[[History], bool]:
    """Whether the pod is Ready, has finished, or is gone."""

    def decided(history: History) -> bool:
        now = pod.current(history)
        if now is None:
            return any(version.uid == pod.uid for version in history.of("Pod"))  # it was there
        return not terminating(now) and (finished(now) or unready(now) is None)

    return decided


def wait_until(pod: Pod, condition: Callable[[History], bool], awaiting: str, mark: Mark, deadline: Deadline) -> None:
    """Wait for a state of the pod; the message of a timeout tells what keeps it."""

    def seen(history: History) -> str:
        now = history.objects("Pod").get(pod.uid)
        return "it is not there" if now is None else pod_trouble(now)

    recording = pod.namespace.recording
    recording.barrier(deadline, "Pod")  # otherwise a pod that the block has deleted may still look alive
    recording.wait_for(condition, awaiting, deadline, since=mark, seen=seen)


def held_after(wait: Callable[[Deadline], object], handle: Handle, judge: Callable[[History], Finding], timeout: float | None) -> Finding:
    """A finding that holds about the object of this handle, after a wait that did not time out."""
    namespace, key = handle.namespace, handle.key
    deadline = namespace.deadline(timeout)
    namespace.recording.require(key, deadline)
    namespace.recording.barrier(deadline, key)
    return after(lambda: wait(deadline), namespace, None, (key,), judge)
