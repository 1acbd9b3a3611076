"""How the containers of a deleted pod end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...guarantees.pods.graceful_termination import check_graceful_termination
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...objects.pods import deletion
from ...workloads.pods import Pod
from ..window import Evidence, Window
from .waiting import wait_until


class Termination(Evidence):
    """The grace period, how many seconds of it the pod needed, and the containers' exit codes."""

    grace_seconds: int
    seconds: float
    exit_codes: Mapping[str, int]


def assert_graceful_termination(
    pod: Pod,
    *,
    grace_seconds: int | None = None,
    pre_stop: float | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Termination]:
    """The containers of the pod that the `with` block deletes end by themselves within the grace period, and only then does it go.

    It fails if one has to be killed. `grace_seconds` is the grace period that you expect; `pre_stop` is how many seconds of it (2 or
    more: times are in whole seconds) a preStop hook must have had. It waits until the pod is gone, at most `timeout` seconds: that
    takes as long as its program needs to end, at most terminationGracePeriodSeconds (default 30) and a little. Fails as vacuous if no
    container ran. Guarantee: pod-graceful-termination.
    """
    uid = pod.uid

    def settle(mark: Mark, deadline: Deadline) -> None:
        pod.namespace.recording.barrier(deadline, "Pod")
        if deletion(pod.namespace.recording.since(mark), uid) is not None:
            wait_until(pod, lambda history: uid not in history.objects("Pod"), f"{pod} to be gone", mark, deadline)

    return Window(
        "assert_graceful_termination",
        pod,
        Termination(),
        ("Pod",),
        judge=lambda history: check_graceful_termination(history, uid, grace_seconds, pre_stop),
        settle=settle,
        timeout=timeout,
    ).by(trigger)
