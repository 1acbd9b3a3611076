"""StatefulSets: how they update, how they scale, and that no replica is there twice."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import WaitTimeout
from ...guarantees.finding import Finding
from ...guarantees.stateful_sets import at_most_one, scaling
from ...guarantees.stateful_sets.ordered_update import check_ordered_update
from ...guarantees.stateful_sets.partition import check_partition
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.pods import controller
from ...objects.readiness import observed, unready
from ...objects.steps import CACHE_LAG
from ...workloads.controllers import StatefulSet
from ...workloads.pods import Pod
from ..bounds import checked
from ..window import ABSENCE_SECONDS, Evidence, Window, judged, settled, violated

# The controller acts on events within a second, under load too; ten seconds are the catalogue's honest wait for a halt.
HALT_SECONDS = 10.0
KINDS = ("Pod", "StatefulSet")


class OrderedUpdate(Evidence):
    """The replicas in the order in which they were taken down, the most that were unavailable at a time, and the bound."""

    order: tuple[str, ...]
    highest_unavailable: int
    bound: int
    replicas: int
    revision: str
    states: int
    seconds: float


class Partition(Evidence):
    """The replicas that were held back, the others, and the revision that those have."""

    held: tuple[str, ...]
    updated: tuple[str, ...]
    revision: str


class OrderedStop(Evidence):
    """The replicas in the order in which they were taken away."""

    order: tuple[str, ...]


class Parallel(Evidence):
    """The replicas that were created and those that were taken away, in this order."""

    created: tuple[str, ...]
    removed: tuple[str, ...]


class Halt(Evidence):
    """The unhealthy replica, how long the set stood still, and its size in the end."""

    unhealthy: str
    seconds: float
    replicas: int


class AtMostOne(Evidence):
    """The replicas that got a new pod."""

    replaced: tuple[str, ...]


def assert_ordered_update(
    stateful_set: StatefulSet,
    *,
    max_unavailable: int | str | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[OrderedUpdate]:
    """The update that the `with` block starts goes from the highest replica down, with few enough unavailable in every state.

    `max_unavailable` is what the workload can bear, a number or a percentage of the replicas (rounded down, but at least 1);
    without it the strategy's own promise counts (its maxUnavailable, 1 by default) and is printed. A replica counts as
    unavailable when its pod is missing, terminating, or not Ready for minReadySeconds. Replicas below the partition are left
    alone. What happened in the window counts, whoever did it. `timeout` is in seconds, for the update to settle.

    Fails as vacuous if the block changes neither template nor strategy, if fewer than two replicas are updated (one that the
    partition holds is not), if the template has no readiness signal, or if the bound permits everything.
    Guarantee: sts-rolling-update.
    """
    checked("max_unavailable", max_unavailable, "write how many replicas may be unavailable, or their share")
    return Window(
        "assert_ordered_update",
        stateful_set,
        OrderedUpdate(),
        KINDS,
        judge=lambda history: check_ordered_update(history, stateful_set.uid, max_unavailable),
        timeout=timeout,
    ).by(trigger)


def assert_partition(
    stateful_set: StatefulSet,
    partition: int,
    *,
    settle: float = ABSENCE_SECONDS,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Partition]:
    """Of the update in the `with` block, the first `partition` replicas get nothing; the others all get it.

    A held replica that the block deletes comes back at the revision that it had. `partition` counts from ordinals.start. That
    the held ones stay is watched for `settle` seconds after the others are updated, for which there are `timeout` seconds.
    With updateStrategy OnDelete, which knows no partition, it fails. Guarantee: sts-partition.
    """

    def check(history: History) -> Finding:
        return check_partition(history, stateful_set.uid, partition)

    def end(mark: Mark, deadline: Deadline) -> None:
        settled(stateful_set, deadline)
        stateful_set.namespace.recording.absent(lambda history: bool(check(history).breaches), settle, since=mark)

    return Window("assert_partition", stateful_set, Partition(), KINDS, judge=check, settle=end, timeout=timeout).by(trigger)


def assert_ordered_stop(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[OrderedStop]:
    """The replicas that the `with` block takes away go from the highest down, one at a time.

    Each begins to go when the one above it is gone, nothing else is terminating, and all replicas that stay are available.
    The deletion of the set keeps no order: scale it to 0 first. It waits until the last one is gone, at most `timeout`
    seconds: as long as their programs take to end, one after the other, each at most terminationGracePeriodSeconds
    (default 30). Replicas that come back had gone all the same. Fails as vacuous for fewer than two replicas that go, and if
    the order was kept by luck: with podManagementPolicy Parallel, or by the deletion of the set. Guarantee: sts-ordered-stop.
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
    set that the block creates, take a handle with `kworkload.stateful_set(name, expected=True)`. `timeout`, in seconds, is
    for the set to settle. Fails as vacuous for fewer than two replicas that come or go, and without a readiness signal.
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


def assert_at_most_one_per_ordinal(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[AtMostOne]:
    """No replica that the `with` block replaces is there twice: its successor comes after it, and its processes, have ended.

    That the processes have ended is the node's word: the last status of the old pod. A deletion by force (grace period 0)
    takes the object away without it. It waits until the set has settled, at most `timeout` seconds: as long as the old
    program takes to end, at most terminationGracePeriodSeconds (default 30). Fails as vacuous if no replica was replaced.
    Guarantee: sts-at-most-one.
    """
    return Window(
        "assert_at_most_one_per_ordinal",
        stateful_set,
        AtMostOne(),
        KINDS,
        judge=lambda history: at_most_one.check_at_most_one(history, stateful_set.uid),
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
    Fails as vacuous for a replica that goes itself at the new size: the set waits for those that stay.
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
    idle = scaling.pointless(recording.since(mark), uid, unhealthy.uid) is not None
    late = None
    if not idle and not recording.absent(lambda history: bool(check(history).breaches), settle, since=mark):
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
