"""Pods that come back, and pods that do not."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import NotFound
from ..guarantees import healing, stateful
from ..guarantees.finding import Finding
from ..guarantees.settling import incomplete
from ..history.deadline import Deadline
from ..history.model import History, Object
from ..history.recording import Mark
from ..workloads.controllers import StatefulSet, Workload
from ..workloads.pods import Pod
from .window import Evidence, Window, after, settled

# "Nothing happens" needs longer than any controller takes to react: they act on events, within a second also under load,
# and five seconds are the catalogue's honest wait.
ABSENCE_SECONDS = 5.0
# What must come is given more: on a machine that is busy elsewhere a controller may be slow for once, and a wait that ends too
# early calls that a breach.
ANSWER_SECONDS = 20.0


class SelfHeal(Evidence):
    """The pod that was deleted, the one that took its place, and how long that took."""

    victim: Pod
    replacement: Pod
    lowest_available: int
    seconds: float


class Gone(Evidence):
    """The uid of the pod that stayed away."""

    uid: str


class OrderedStart(Evidence):
    """The names of the replicas in the order of their creation."""

    order: tuple[str, ...]


class Identity(Evidence):
    """The replica's name, the deleted pod and its successor."""

    name: str
    victim: Pod
    replacement: Pod


def assert_self_heals(workload: Workload, *, timeout: float | None = None) -> SelfHeal:
    """Delete a pod of the workload; a new one takes its place, and never more than one is missing meanwhile.

    For a StatefulSet the new pod has the same name, for a DaemonSet it is for the same node. `timeout` is in seconds.
    Source: rs-self-heal, ds-self-heal, sts-at-most-one.
    """
    kind, uid = workload.kind, workload.uid
    evidence = _after_loss(
        workload,
        timeout,
        lambda history, victim: healing.replacement(history, kind, uid, victim),
        lambda history, victim: healing.check_self_heal(history, kind, uid, victim),
    )
    return SelfHeal().fill(evidence)


def assert_stable_identity(workload: Workload, *, timeout: float | None = None) -> Identity:
    """Delete a replica; it comes back under its name, host name, subdomain and claims, with a new uid.

    It comes back when the old one has ended, which takes at most terminationGracePeriodSeconds (default 30). `timeout` is in
    seconds. Source: sts-identity.
    """
    kind, uid = workload.kind, workload.uid
    evidence = _after_loss(
        workload,
        timeout,
        lambda history, victim: stateful.successor(history, kind, uid, victim),
        lambda history, victim: stateful.check_identity(history, kind, uid, victim),
    )
    return Identity().fill(evidence)


def assert_not_recreated(
    pod: Pod, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Gone]:
    """The pod that the `with` block deletes is never created again; watched for `settle` seconds after it is gone.

    `timeout`, in seconds, is for it to be gone. Source: pod-bare-not-recreated.
    """
    uid, name = pod.uid, pod.name

    def end(mark: Mark, deadline: Deadline) -> None:
        recording = pod.namespace.recording

        def ending(history: History) -> bool:
            latest = history.seen("Pod")[uid]
            return uid not in history.objects("Pod") or not latest["metadata"].get("deletionTimestamp")

        recording.barrier(deadline, "Pod")
        recording.wait_for(ending, f"{pod} to be gone", deadline, since=mark)
        if uid not in recording.since(mark).objects("Pod"):
            recording.absent(lambda history: healing.recreated(history, name, uid), settle, since=mark)

    return Window(
        "assert_not_recreated",
        pod,
        Gone(),
        ("Pod",),
        judge=lambda history: healing.check_not_recreated(history, uid, settle),
        settle=end,
        timeout=timeout,
    ).by(trigger)


def assert_ordered_start(
    stateful_set: StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[OrderedStart]:
    """Each replica that the `with` block makes is created only when all lower ordinals are available.

    For a set that the block creates, take a handle with `kworkload.stateful_set(name, expected=True)`. It waits until
    the set has settled, at most `timeout` seconds: one replica after the other has to become Ready, and to stay so for
    minReadySeconds. Fails as vacuous for fewer than two replicas, for a template without a readiness signal, and for
    podManagementPolicy Parallel, which can keep the order by luck only. Source: sts-ordered-start.
    """
    return Window(
        "assert_ordered_start",
        stateful_set,
        OrderedStart(),
        ("Pod", "StatefulSet"),
        judge=lambda history: stateful.check_ordered_start(history, stateful_set.uid),
        timeout=timeout,
    ).by(trigger)


def _after_loss(
    workload: Workload, timeout: float | None, arrived: Callable[[History, Object], Object | None], check: Callable[[History, str], Finding]
) -> dict[str, object]:
    """Delete the last pod of a settled workload, wait until it has settled again, judge."""
    namespace, recording, kind = workload.namespace, workload.namespace.recording, workload.kind
    deadline = namespace.deadline(timeout)
    pods = workload.pods()
    if not pods:
        raise NotFound(f"{workload} has no pod", "there is nothing to delete", "wait_ready() first, and have at least one replica")
    settled(workload, deadline)
    kinds = ("Pod", "ReplicaSet", kind)
    recording.barrier(deadline, *kinds)
    mark = recording.mark()
    victim = pods[-1]
    victim_object = recording.since(mark).before("Pod")[victim.uid]
    victim.delete()
    finding = after(
        lambda: wait_replaced(workload, victim_object, mark, deadline, arrived),
        namespace,
        mark,
        kinds,
        lambda history: check(history, victim.uid),
    )
    return {**finding.evidence, **{role: _pod(workload, str(finding.evidence[role])) for role in ("victim", "replacement")}}


def wait_replaced(
    workload: Workload, victim: Object, mark: Mark, deadline: Deadline, arrived: Callable[[History, Object], Object | None] | None = None
) -> Pod:
    """Wait until the victim is gone, another pod has come in its place and the workload has settled; returns the new pod."""
    recording, kind, uid = workload.namespace.recording, workload.kind, workload.uid
    find = arrived or (lambda history, victim: healing.replacement(history, kind, uid, victim))

    def new(history: History) -> Object | None:
        gone = victim["metadata"]["uid"] not in history.objects("Pod")
        return find(history, victim) if gone and incomplete(history, kind, uid) is None else None

    found = recording.wait_for(
        new,
        f"{workload} to have a new pod in place of {victim['metadata']['name']} and to settle",
        deadline,
        since=mark,
        seen=lambda history: "\n".join([incomplete(history, kind, uid) or "no new pod", *workload.troubles(history)]),
    )
    return Pod(workload.namespace, str(found["metadata"]["name"]), str(found["metadata"]["uid"]))


def _pod(workload: Workload, uid: str) -> Pod:
    seen = workload.namespace.recording.since().seen("Pod")
    return Pod(workload.namespace, str(seen[uid]["metadata"]["name"]), uid)
