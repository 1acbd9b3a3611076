"""What the volumes of a pod need before its containers start."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.pods.volumes_first import SOURCES, check_volumes_first, container_started
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...workloads.pods import Pod
from ..window import Evidence, Window
from .waiting import wait_until


class VolumesFirst(Evidence):
    """What the pod waited for, and how many seconds after that had come its first container started."""

    awaited: tuple[str, ...]
    seconds: float


def assert_volumes_first(pod: Pod, *, timeout: float | None = None, trigger: Callable[[], object] | None = None) -> Window[VolumesFirst]:
    """No container of the pod that the `with` block creates starts before the ConfigMaps and claims of its volumes are there.

    That includes init containers: no program has to wait for its volumes. In the block, apply the pod, and a second or more later
    what one of its volumes needs. The kubelet tries again after half a second, then after one, and so on up to two minutes. Take
    the handle with `kworkload.pod(name, expected=True)`. It waits until a container has started, at most `timeout` seconds. Fails
    as vacuous if everything was there before the pod.
    Guarantee: pod-volumes-first.
    """
    pod.namespace.recording.require("ConfigMap", pod.namespace.deadline(timeout))

    def settle(mark: Mark, deadline: Deadline) -> None:
        def started(history: History) -> bool:
            return container_started(history, pod.uid) is not None

        wait_until(pod, started, f"a container of {pod} to start", mark, deadline)

    return Window(
        "assert_volumes_first",
        pod,
        VolumesFirst(),
        ("Pod", *SOURCES),
        judge=lambda history: check_volumes_first(history, pod.uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)
