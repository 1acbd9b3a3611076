"""The containers of a pod: how they start, how they end, and how they are started again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...errors import WaitTimeout
from ...guarantees.finding import Finding
from ...guarantees.pods.init_order import check_init_order
from ...guarantees.pods.restarted_in_place import check_restarted
from ...guarantees.pods.sidecar_order import check_sidecar_order
from ...guarantees.pods.termination import check_termination
from ...guarantees.pods.volumes_first import SOURCES, check_volumes_first, started
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.containers import statuses
from ...objects.pods import deletion, finished, terminating
from ...objects.readiness import pod_trouble, unready
from ...workloads.pods import Pod
from ..window import Evidence, Window

KINDS = ("Pod",)


class Restarted(Evidence):
    """How often the container was started again, and with which exit codes it had ended."""

    restarts: int
    exit_codes: tuple[int, ...]


class InitOrder(Evidence):
    """The init containers in the order of their starts, the attempts of each, and the pod's own containers that have started."""

    order: tuple[str, ...]
    attempts: Mapping[str, int]
    started: tuple[str, ...]


class SidecarOrder(Evidence):
    """Whether the start and the end of the pod were seen, and when each container ended."""

    started: bool
    stopped: bool
    ends: Mapping[str, str]


class Termination(Evidence):
    """The grace period, how long the pod took of it, and the containers' exit codes."""

    grace_seconds: int
    seconds: float
    exit_codes: Mapping[str, int]


class VolumesFirst(Evidence):
    """What was waited for, and how many seconds after it had come the first container was started."""

    awaited: tuple[str, ...]
    seconds: float


def assert_restarted_in_place(
    pod: Pod, container: str, *, restarts: int = 1, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Restarted]:
    """The container that ends in the `with` block is started again, so many times, in the same pod; no other container is.

    The same pod is the same uid, so the same node and the same emptyDir volumes. So it is when a program ends, when its liveness
    probe has failed as often as failureThreshold says, and when the image of a running pod is changed. The first restart comes at
    once, the next ones after a back-off of 10 s that doubles up to 5 minutes and is forgotten after 10 quiet minutes; the
    kubelet's crashLoopBackOff.maxContainerRestartPeriod shortens that. `timeout` is in seconds. Fails as vacuous if the container does
    not end. Guarantee: pod-restart-in-place.
    """
    uid = pod.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        def back(history: History) -> bool:
            now, before = history.objects("Pod").get(uid), history.before("Pod").get(uid)
            if now is None or before is None or finished(now) or terminating(now):
                return True
            then, status = statuses(before).get(container), statuses(now).get(container)
            if then is None or status is None:
                return then is None
            count = int(status.get("restartCount", 0)) - int(then.get("restartCount", 0))
            return count >= restarts and "running" in (status.get("state") or {})

        try:
            _await(pod, back, f"container {container} of {pod} to be started again", mark, deadline)
        except WaitTimeout:
            if not judge(pod.namespace.recording.since(mark)).vacuous:  # it has not even ended: that is the news
                raise

    def judge(history: History) -> Finding:
        return check_restarted(history, uid, container, restarts)

    return Window(
        "assert_restarted_in_place",
        pod,
        Restarted(),
        KINDS,
        judge=judge,
        settle=settle,
        timeout=timeout,
    ).by(trigger)


def assert_init_order(pod: Pod, *, timeout: float | None = None, trigger: Callable[[], object] | None = None) -> Window[InitOrder]:
    """The init containers of the pod that the `with` block makes run one by one, each to exit code 0, and only then its containers.

    Take a handle with `kworkload.pod(name, expected=True)` before the block. It waits until the pod is Ready or has finished,
    at most `timeout` seconds. Sidecars (restartPolicy Always) are for assert_sidecar_order. Guarantee: pod-init-order.
    """
    return Window(
        "assert_init_order",
        pod,
        InitOrder(),
        KINDS,
        judge=lambda history: check_init_order(history, pod.uid),
        settle=lambda mark, deadline: _await(pod, _decided(pod), f"{pod} to be Ready or to finish", mark, deadline),
        timeout=timeout,
    ).by(trigger)


def assert_volumes_first(pod: Pod, *, timeout: float | None = None, trigger: Callable[[], object] | None = None) -> Window[VolumesFirst]:
    """No container of the pod that the `with` block makes starts before the ConfigMaps and claims of its volumes are there.

    Init containers neither: so a program need not wait for its volumes. In the block, apply the pod, and a second or more later what
    one of its volumes needs. The kubelet tries again after half a second, then after one, and so on up to two minutes. Take a
    handle with `kworkload.pod(name, expected=True)`. It waits until a container has started, at most `timeout` seconds.
    Guarantee: pod-volumes-first.
    """
    pod.namespace.recording.require("ConfigMap", pod.namespace.deadline(timeout))

    def settle(mark: Mark, deadline: Deadline) -> None:
        _await(pod, lambda history: started(history, pod.uid), f"a container of {pod} to start", mark, deadline)

    return Window(
        "assert_volumes_first",
        pod,
        VolumesFirst(),
        ("Pod", *SOURCES),
        judge=lambda history: check_volumes_first(history, pod.uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)


def assert_sidecar_order(pod: Pod, *, timeout: float | None = None, trigger: Callable[[], object] | None = None) -> Window[SidecarOrder]:
    """Sidecars have started before what comes after them, and end after the pod's own containers, the last one first.

    The `with` block makes the pod (take a handle with `expected=True`) or deletes it; what is seen of its start and of its end is
    judged. Times of ends are in whole seconds, so the order within one second is not. It waits until the pod is Ready, has
    finished, or is gone: at most `timeout` seconds, and as long as its containers take to end. Guarantee: pod-sidecar-order.
    """
    return Window(
        "assert_sidecar_order",
        pod,
        SidecarOrder(),
        KINDS,
        judge=lambda history: check_sidecar_order(history, pod.uid),
        settle=lambda mark, deadline: _await(pod, _decided(pod), f"{pod} to be Ready, to finish or to be gone", mark, deadline),
        timeout=timeout,
    ).by(trigger)


def assert_graceful_termination(
    pod: Pod,
    *,
    grace_seconds: int | None = None,
    pre_stop: float | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Termination]:
    """The containers of the pod that the `with` block deletes end by themselves within the grace period, and only then it goes.

    One that has to be killed fails. `grace_seconds` is the grace period that is expected; `pre_stop` how many seconds (2
    or more: times are in whole seconds) a preStop hook must have had, which count inside it. It waits until the pod is gone: as long as
    its program takes to end, at most terminationGracePeriodSeconds (default 30) and a little. `timeout` is in seconds.
    Guarantee: pod-graceful-termination.
    """
    uid = pod.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        pod.namespace.recording.barrier(deadline, "Pod")
        if deletion(pod.namespace.recording.since(mark), uid) is not None:
            _await(pod, lambda history: uid not in history.objects("Pod"), f"{pod} to be gone", mark, deadline)

    return Window(
        "assert_graceful_termination",
        pod,
        Termination(),
        KINDS,
        judge=lambda history: check_termination(history, uid, grace_seconds, pre_stop),
        settle=settle,
        timeout=timeout,
    ).by(trigger)


def _decided(pod: Pod) -> Callable[[History], bool]:
    """Whether the pod is Ready, has finished, or is gone."""

    def decided(history: History) -> bool:
        now = pod.current(history)
        if now is None:
            return any(version.uid == pod.uid for version in history.of("Pod"))  # it was there
        return not terminating(now) and (finished(now) or unready(now) is None)

    return decided


def _await(pod: Pod, condition: Callable[[History], bool], awaiting: str, mark: Mark, deadline: Deadline) -> None:
    """Wait for a state of the pod, with what keeps it in the message."""

    def seen(history: History) -> str:
        now = history.objects("Pod").get(pod.uid)
        return "it is not there" if now is None else pod_trouble(now)

    recording = pod.namespace.recording
    recording.barrier(deadline, "Pod")  # else a pod that the block has deleted may still look alive
    recording.wait_for(condition, awaiting, deadline, since=mark, seen=seen)
