"""The order in which the init containers of a pod run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...guarantees.pods.init_order import check_init_order
from ...workloads.pods import Pod
from ..window import Evidence, Window
from .waiting import ready_finished_or_gone, wait_until


class InitOrder(Evidence):
    """The init containers in the order in which they started, the attempts of each, and which of the pod's own containers started."""

    order: tuple[str, ...]
    attempts: Mapping[str, int]
    started: tuple[str, ...]


def assert_init_order(pod: Pod, *, timeout: float | None = None, trigger: Callable[[], object] | None = None) -> Window[InitOrder]:
    """The init containers of the pod that the `with` block creates run one at a time, each to exit code 0, and only then its containers.

    Take the handle with `kworkload.pod(name, expected=True)` before the block. It waits until the pod is Ready or has finished,
    at most `timeout` seconds. Fails as vacuous without an init container that ends; sidecars (restartPolicy Always) are for
    assert_sidecar_order. Guarantee: pod-init-order.
    """
    return Window(
        "assert_init_order",
        pod,
        InitOrder(),
        ("Pod",),
        judge=lambda history: check_init_order(history, pod.uid),
        settle=lambda mark, deadline: wait_until(pod, ready_finished_or_gone(pod), f"{pod} to be Ready or to finish", mark, deadline),
        timeout=timeout,
    ).by(trigger)
