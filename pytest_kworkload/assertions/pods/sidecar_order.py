"""The order in which sidecars start and end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...guarantees.pods.sidecar_order import check_sidecar_order
from ...workloads.pods import Pod
from ..window import Evidence, Window
from .waiting import ready_finished_or_gone, wait_until


class SidecarOrder(Evidence):
    """Whether the start and the end of the pod were seen, and when each container ended."""

    started: bool
    stopped: bool
    ends: Mapping[str, str]


def assert_sidecar_order(pod: Pod, *, timeout: float | None = None, trigger: Callable[[], object] | None = None) -> Window[SidecarOrder]:
    """Sidecars have started before anything after them begins, and end after the pod's own containers, the last one first.

    The `with` block creates the pod (take the handle with `kworkload.pod(name, expected=True)`) or deletes it; whatever it shows of
    the pod's start and end is judged. Ends are known in whole seconds, so the order within one second is not judged. It waits
    until the pod is Ready, has finished or is gone, at most `timeout` seconds. Fails as vacuous without a sidecar.
    Guarantee: pod-sidecar-order.
    """
    return Window(
        "assert_sidecar_order",
        pod,
        SidecarOrder(),
        ("Pod",),
        judge=lambda history: check_sidecar_order(history, pod.uid),
        settle=lambda mark, deadline: wait_until(
            pod, ready_finished_or_gone(pod), f"{pod} to be Ready, to finish or to go", mark, deadline
        ),
        timeout=timeout,
    ).by(trigger)
