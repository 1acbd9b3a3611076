"""How a StatefulSet scales: in order, in parallel, and not while a replica is unhealthy."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import WaitTimeout
from ...guarantees.finding import Finding
from ...guarantees.stateful_sets import scaling
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.pods import controller
from ...objects.readiness import observed, unready
from ...objects.steps import CACHE_LAG
from ...workloads.controllers import StatefulSet
from ...workloads.pods import Pod
from ..window import Evidence, Window, judged, settled, violated

# The controller acts on events within a second, under load too; ten seconds are the catalogue's honest wait for a halt.
HALT_SECONDS = 10.0
KINDS = ("Pod", "StatefulSet")


class OrderedStop(Evidence):
    """The replicas in the order in which they were taken away."""

    order: tuple[str, ...]


class Parallel(Evidence):
    """The replicas that were created and those that were taken away, in this order."""

    created: tuple[str, ...]
    removed: tuple[str, ...]


class Halt(Evidence):
    """The unhealthy replica, how long the set stood still, and its size at the end."""

    unhealthy: str
    seconds: float
    replicas: int


def assert_ordered_stop(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[OrderedStop]:
    """The replicas that the `with` block takes away go from the highest down, one at a time.

    Each begins to go when the one above it is gone, nothing else is terminating, and all replicas that stay are available.
    Deleting the set keeps no order: scale it to 0 first. It waits until the last one is gone, at most `timeout`
    seconds: as long as their programs take to end, one after the other, each at most terminationGracePeriodSeconds
    (default 30). A replica that comes back has gone nevertheless. Fails as vacuous for fewer than two replicas that go, and if
    only luck kept the order: with podManagementPolicy Parallel, or when the set is deleted. Guarantee: sts-ordered-stop.
    """

    def end(mark: Mark, deadline: Deadline) -> None:
        if stateful_set.exists():
            settled(stateful_set, deadline)
            return
        uid, recording = stateful_set.uid, stateful_set.namespace.recording
        recording.barrier(deadline, "Pod")
        recording.wait_for(
            lambda history: not any(controller(pod) == uid for pod in history.objects("Pod").values()),
            f"the pods of {stateful_set}, which is gone, to be gone too",
            deadline,
            since=mark,
        )

    return Window(
        "assert_ordered_stop",
        stateful_set,
        OrderedStop(),
        KINDS,
        judge=lambda history: scaling.check_ordered_stop(history, stateful_set.uid),
        settle=end,
        timeout=timeout,
    ).by(trigger)


def assert_parallel_management(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Parallel]:
    """The replicas that the `with` block makes or takes away do not wait for one another.

    One that was created while a lower one was not available, or taken away while another was terminating, shows that. For a
    set that the block creates, take a handle with `kworkload.stateful_set(name, expected=True)`. The set has `timeout` seconds
    to settle. Fails as vacuous for fewer than two replicas that come or go, and without a readiness signal.
    Guarantee: sts-parallel.
    """
    return Window(
        "assert_parallel_management",
        stateful_set,
        Parallel(),
        KINDS,
        judge=lambda history: scaling.check_parallel(history, stateful_set.uid),
        timeout=timeout,
    ).by(trigger)


def assert_scaling_halts(
    stateful_set: StatefulSet,
    unhealthy: Pod,
    *,
    replicas: int,
    heal: Callable[[], object],
    settle: float = HALT_SECONDS,
    timeout: float | None = None,
) -> Halt:
    """Scaling to `replicas` halts while the replica `unhealthy` is not available, and goes on when `heal()` has healed it.

    Make the replica's readiness fail before the call, which waits for that. The halt is watched for `settle` seconds after the
    controller has observed the new size; it ends early if a replica comes or goes. `timeout` is in seconds, for all of it.
    Fails as vacuous if `unhealthy` itself goes at the new size: the set waits for those that stay.
    Guarantee: sts-halt-unhealthy.
    """
    namespace, recording, uid = stateful_set.namespace, stateful_set.namespace.recording, stateful_set.uid
    deadline = namespace.deadline(timeout)

    def healthy(history: History) -> bool:
        pod = history.objects("Pod").get(unhealthy.uid)
        return pod is not None and unready(pod) is None

    def check(history: History) -> Finding:
        return scaling.check_halts(history, uid, unhealthy.uid)

    recording.wait_for(lambda history: not healthy(history), f"{unhealthy} to become unhealthy", deadline)
    recording.absent(healthy, CACHE_LAG.total_seconds())  # so that the controller has seen it too
    recording.barrier(deadline, *KINDS)
    mark = recording.mark()
    stateful_set.scale(replicas)
    recording.wait_for(
        lambda history: (now := stateful_set.current(history)) is not None and observed(now),
        f"the controller to observe the new size of {stateful_set}",
        deadline,
    )
    needless = scaling.no_need_to_halt(recording.since(mark), uid, unhealthy.uid) is not None
    late = None
    if not needless and not recording.absent(lambda history: bool(check(history).breaches), settle, since=mark):
        heal()
        try:
            settled(stateful_set, deadline)
        except WaitTimeout as error:
            late = error
    finding = judged(namespace, mark, KINDS, check)
    if not finding.holds:
        violation = violated(finding, recording.look)
        if late is not None:
            violation.add_note(f"it did not settle either: {late}")
        raise violation
    if late is not None:
        raise late
    return Halt().fill(finding.evidence)
