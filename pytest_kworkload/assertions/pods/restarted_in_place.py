"""Containers that are started again."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import WaitTimeout
from ...guarantees.finding import Finding
from ...guarantees.pods.restarted_in_place import check_restarted_in_place
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.containers import statuses
from ...objects.pods import finished, terminating
from ...workloads.pods import Pod
from ..window import Evidence, Window
from .waiting import wait_until


class Restarted(Evidence):
    """How often the container was started again, and with which exit codes it had ended."""

    restarts: int
    exit_codes: tuple[int, ...]


def assert_restarted_in_place(
    pod: Pod, container: str, *, restarts: int = 1, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Restarted]:
    """The container that ends in the `with` block is started again in the same pod, `restarts` times; no other container is.

    The same pod has the same uid, so the same node and the same emptyDir volumes. A container is restarted when its program ends,
    when its liveness probe has failed as often as failureThreshold says, and when its image is changed. The first restart comes at
    once, each further one after a back-off of 10 s that doubles up to 5 minutes and is forgotten after 10 quiet minutes; the
    kubelet's crashLoopBackOff.maxContainerRestartPeriod shortens that. It waits for the last restart, at most `timeout` seconds.
    Fails as vacuous if the container does not end. Guarantee: pod-restart-in-place.
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
            wait_until(pod, back, f"container {container} of {pod} to be started again", mark, deadline)
        except WaitTimeout:
            if not judge(pod.namespace.recording.since(mark)).vacuous:  # it has not even ended: that is the news
                raise

    def judge(history: History) -> Finding:
        return check_restarted_in_place(history, uid, container, restarts)

    return Window(
        "assert_restarted_in_place",
        pod,
        Restarted(),
        ("Pod",),
        judge=judge,
        settle=settle,
        timeout=timeout,
    ).by(trigger)
