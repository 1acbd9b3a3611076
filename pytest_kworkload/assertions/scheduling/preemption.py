"""A pod that is placed where pods of lower priority give way."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.scheduling.preemption import check_preempts, node_found, placed
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...workloads.pods import Pod
from ..window import ANSWER_SECONDS, Evidence, Window


class Preemption(Evidence):
    """The pods that were preempted, and the node where that made room."""

    victims: tuple[str, ...]
    node: str


def assert_preempts(
    pod: Pod, *, victims: int | None = None, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Preemption]:
    """The pod that the `with` block applies fits nowhere, so pods of lower priority are preempted, and it takes their place.

    `victims` is how many pods you expect to be preempted: no more than needed. Take the handle with
    `kworkload.pod(name, expected=True)`. It waits for the victims' grace period, and for the pod to be placed, at most `timeout`
    seconds; if the scheduler has found no victim after 20 seconds, it fails. Victims in other namespaces are not seen.

    Fails as vacuous if the pod was there before the block, or if it was placed without a victim. Guarantee: sched-preemption.
    """
    recording = pod.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = pod.uid
        if recording.absent(lambda history: node_found(history, uid), min(ANSWER_SECONDS, deadline.remaining)):
            recording.wait_for(lambda history: placed(history, uid), f"{pod} to take the place of others", deadline)

    return Window(
        "assert_preempts",
        pod,
        Preemption(),
        ("Pod",),
        judge=lambda history: check_preempts(history, pod.uid, victims),
        settle=end,
        timeout=timeout,
    ).by(trigger)
