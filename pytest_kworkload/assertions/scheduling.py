"""Where pods are placed, and where not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..guarantees.finding import Finding
from ..guarantees.scheduling.affinity import Rule, check_affinity
from ..guarantees.scheduling.follows_volumes import check_follows
from ..guarantees.scheduling.preemption import check_preempts, nominated, placed
from ..guarantees.scheduling.spread import check_spread
from ..guarantees.scheduling.unschedulable import check_unschedulable, decided
from ..history.deadline import Deadline
from ..history.model import History
from ..history.recording import Mark
from ..workloads.controllers import Workload
from ..workloads.pods import Pod
from .window import ABSENCE_SECONDS, ANSWER_SECONDS, Evidence, Window, after, kinds_of


class Unschedulable(Evidence):
    """The reason and the message of the pod's condition PodScheduled."""

    reason: str
    message: str


class Spread(Evidence):
    """The domains that there were for a pod, the pods that were placed, and the largest skew that one of them made."""

    domains: tuple[str, ...]
    placed: tuple[str, ...]
    highest_skew: int


class Affinity(Evidence):
    """The domains, and the domain of each pod that was placed."""

    domains: tuple[str, ...]
    placed: Mapping[str, str]


class Preemption(Evidence):
    """The pods that had to go, and the node where that made room."""

    victims: tuple[str, ...]
    node: str


class Followed(Evidence):
    """The node of each pod that was placed, and the nodes where each of the volumes can be used."""

    placed: Mapping[str, str]
    usable: Mapping[str, tuple[str, ...]]


def assert_unschedulable(pod: Pod, reason: str, *, settle: float = ABSENCE_SECONDS, timeout: float | None = None) -> Unschedulable:
    """No node takes the pod, and the scheduler's word about it contains `reason` ("Insufficient cpu", "SchedulingGated", ...).

    That no node takes it is watched for `settle` seconds after the scheduler's first word, which is waited for, at most
    `timeout` seconds. Guarantee: sched-unschedulable.
    """
    recording, uid = pod.namespace.recording, pod.uid
    deadline = pod.namespace.deadline(timeout)

    def wait() -> None:
        recording.wait_for(lambda history: decided(history, uid), f"the scheduler's word about {pod}", deadline)
        recording.absent(lambda history: bool(history.seen("Pod")[uid]["spec"].get("nodeName")), settle)

    def check(history: History) -> Finding:
        return check_unschedulable(history, uid, reason, settle)

    recording.require("Pod", deadline)
    recording.barrier(deadline, "Pod")
    return Unschedulable().fill(after(wait, pod.namespace, None, ("Pod",), check).evidence)


def assert_topology_spread(
    workload: Workload, topology_key: str, *, max_skew: int = 1, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Spread]:
    """Each pod that is placed in the `with` block goes where it makes the skew between the domains no larger than `max_skew`.

    The domains are the values of the label `topology_key` of the nodes that there are when the pod is placed and that the
    constraint counts (nodeAffinityPolicy, nodeTaintsPolicy). The skew is counted then: a scale-down or an update may leave a
    larger one, and nothing repairs it. What only prefers to spread (ScheduleAnyway) fails as vacuous. `timeout`, in seconds, is
    for the workload to settle. Guarantee: sched-spread.
    """
    kinds = kinds_of(workload.kind, "Node")
    return Window(
        "assert_topology_spread",
        workload,
        Spread(),
        kinds,
        judge=lambda history: check_spread(history, workload.kind, workload.uid, topology_key, max_skew),
        timeout=timeout,
    ).by(trigger)


def assert_pod_affinity(
    workload: Workload, topology_key: str, rule: Rule, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Affinity]:
    """Each pod that is placed in the `with` block goes where no matching pod is ("apart"), or where one is ("together").

    Matching are the pods that one of the required podAntiAffinity terms with this `topology_key` selects, or all of the podAffinity
    terms; the domains are the values of that label of the nodes, and a node without it is in none. A pod that is terminating is
    still there. What only prefers fails as vacuous. `timeout`, in seconds, is for the workload to settle: with more replicas than
    domains "apart" never does. Guarantee: sched-affinity.
    """
    return Window(
        "assert_pod_affinity",
        workload,
        Affinity(),
        kinds_of(workload.kind, "Node"),
        judge=lambda history: check_affinity(history, workload.kind, workload.uid, topology_key, rule),
        timeout=timeout,
    ).by(trigger)


def assert_preempts(
    pod: Pod, *, victims: int | None = None, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Preemption]:
    """The pod that the `with` block applies fits nowhere, so pods of lower priority are told to go, and it takes their place.

    `victims` is how many may have to go: no more than are needed. Take the handle with `kworkload.pod(name, expected=True)`. It
    waits for the victims' grace period, and for the pod to be placed, at most `timeout` seconds; if the scheduler has found no
    victim in 20 seconds, it fails. Victims in other namespaces are not seen. Guarantee: sched-preemption.
    """
    recording = pod.namespace.recording

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = pod.uid
        if recording.absent(lambda history: nominated(history, uid), min(ANSWER_SECONDS, deadline.remaining)):
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


def assert_follows_volumes(
    workload: Workload, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Followed]:
    """Each pod that is placed in the `with` block is on a node where the volumes of its claims can be used: where its data is.

    Judged are pods whose claims had their volume before the block: let the block delete or evict one. Fails as vacuous if the
    volumes can be used on every node that would take the pods. A pod for which that node is away stays Pending (see
    assert_unschedulable). `timeout`, in seconds, is for the workload to settle. Guarantee: pv-node-affinity.
    """
    return Window(
        "assert_follows_volumes",
        workload,
        Followed(),
        kinds_of(workload.kind, "Node", "PersistentVolumeClaim", "PersistentVolume"),
        judge=lambda history: check_follows(history, workload.kind, workload.uid),
        timeout=timeout,
    ).by(trigger)
