"""Updates of Deployments, and rollouts of every kind of workload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...guarantees.finding import Finding
from ...guarantees.rollouts import complete, history_limit, rollback, rolling_update, stalled
from ...guarantees.rollouts.surge import check_surge
from ...guarantees.stateful_sets import broken_rollout
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.settling import never_replaced, unsettled
from ...workloads.controllers import Deployment, StatefulSet, Workload
from ..bounds import checked
from ..window import Evidence, Window, at_rest, held, judged, kinds_of, settled

# After everything that may happen has happened, a stall is watched this much longer: the Deployment controller acts on
# events within milliseconds, the kubelet restarts a container that ended once for the first time at once.
STALL_SECONDS = 3.0


class RollingUpdate(Evidence):
    """The lowest and highest number of available pods in the window, the bound that it was held against, the states seen.

    `highest_wanted` is how many pods the ReplicaSets wanted together at most."""

    lowest_available: int
    highest_available: int
    bound: int
    replicas: int
    states: int
    seconds: float
    highest_wanted: int


class Stall(Evidence):
    """The lowest number of available pods of the old version, and what the new one is stuck with."""

    old_available: int
    bound: int
    reason: str


class Rollback(Evidence):
    """The revision that is current again, and its numbers."""

    revision: str
    number: int
    from_number: int


class RevisionHistory(Evidence):
    """The old versions that are kept, oldest first, and how many versions there were in the test."""

    kept: tuple[str, ...]
    ever: int


class Rollout(Evidence):
    """The pods that have the current template."""

    pods: tuple[str, ...]
    revision: str


def assert_rolling_update(
    deployment: Deployment,
    *,
    min_available: int | str | None = None,
    max_surge: int | str | None = None,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[RollingUpdate]:
    """During the update that the `with` block starts, enough pods stay available in every state of the cluster.

    `min_available` is what the workload needs, a number or a percentage of the replicas (rounded up); without it the
    strategy's own promise counts (replicas - maxUnavailable) and is printed. What happened in the window counts, whoever did
    it: a crash or an eviction breaks the capacity too. `max_surge` is what there is room for: so many pods, or such a share of
    the replicas (rounded up), may be wanted beyond the replicas; without it the strategy's maxSurge counts. It is about the sizes
    of the ReplicaSets: pods that are still terminating come on top. `timeout` is in seconds, for the update to settle.

    Fails as vacuous if the block makes no new revision, if no pod comes or goes for it, if the template has no readiness signal,
    or if the bound is 0. Guarantee: deploy-rolling-available, deploy-rolling-surge.
    """
    checked("min_available", min_available, "write how many pods the workload needs, or their share")
    checked("max_surge", max_surge, "write for how many pods beyond the replicas there is room, or for which share")

    def judge(history: History) -> Finding:
        available = rolling_update.check(history, deployment.uid, min_available)
        wanted = check_surge(history, deployment.uid, max_surge) if available.holds else available
        return replace(available, evidence={**available.evidence, **wanted.evidence}) if wanted.holds else wanted

    return Window(
        "assert_rolling_update",
        deployment,
        RollingUpdate(),
        ("Pod", "ReplicaSet", "Deployment"),
        judge=judge,
        timeout=timeout,
    ).by(trigger)


def assert_rollout_stalled(
    workload: Deployment | StatefulSet, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Stall]:
    """The broken version that the `with` block rolls out never takes over, and the old one keeps what the strategy promises.

    It waits until every pod of the new version is stuck (an image, the end of a back-off, a node, a readiness gate). A pod
    that is only not Ready yet counts as stuck after a Deployment's spec.progressDeadlineSeconds (default 600): lower that. A
    StatefulSet has no such deadline, so there it is waited for. A StatefulSet's update stops at its first broken replica;
    going back does not replace that one, it must be deleted. `timeout` is in seconds.
    Guarantee: deploy-bad-rollout-keeps-old, sts-broken-rollout.
    """
    kind, uid = workload.kind, workload.uid
    stuck, check = (
        (broken_rollout.stopped, broken_rollout.check_broken_set) if kind == "StatefulSet" else (stalled.stalled, stalled.check_stalled)
    )
    at_the_latest = "" if kind == "StatefulSet" else " (at the latest at its progressDeadlineSeconds)"

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording = workload.namespace.recording
        workload.get()
        recording.wait_for(
            lambda history: stuck(history, uid) or (workload.current(history) is not None and unsettled(history, kind, uid) is None),
            f"the new version of {workload} to stall{at_the_latest} or to complete",
            deadline,
            since=mark,
            seen=lambda history: "\n".join([unsettled(history, kind, uid) or "", *workload.troubles(history)]),
        )
        recording.absent(lambda history: unsettled(history, kind, uid) is None, STALL_SECONDS, since=mark)

    return Window(
        "assert_rollout_stalled",
        workload,
        Stall(),
        kinds_of(kind),
        judge=lambda history: check(history, uid),
        settle=settle,
        timeout=timeout,
    ).by(trigger)


def assert_rollback(workload: Workload, *, timeout: float | None = None, trigger: Callable[[], object] | None = None) -> Window[Rollback]:
    """The `with` block goes back to an older template, and its old revision (ReplicaSet, ControllerRevision) is used again.

    Pods that have that revision already, because the newer one was not rolled out everywhere yet, are left alone.
    `timeout`, in seconds, is for the workload to settle. Guarantee: rollback.
    """
    store = "ReplicaSet" if workload.kind == "Deployment" else "ControllerRevision"
    return Window(
        "assert_rollback",
        workload,
        Rollback(),
        ("Pod", store, workload.kind),
        judge=lambda history: rollback.check_rollback(history, workload.kind, workload.uid),
        timeout=timeout,
    ).by(trigger)


def assert_rollout_complete(workload: Workload, *, timeout: float | None = None) -> Rollout:
    """Every pod of the workload has the template that the object has now, and is available; waits at most `timeout` seconds.

    Guarantee: rollout-complete.
    """
    wait = not never_replaced(workload.get())  # else waiting is of no use: the pods are what they will be
    kinds = ("Pod", "ReplicaSet", workload.kind)
    finding, _ = at_rest(workload, kinds, timeout, lambda history: complete.check_complete(history, workload.kind, workload.uid), wait=wait)
    return Rollout().fill(finding.evidence)


def assert_revision_history(workload: Workload, limit: int, *, timeout: float | None = None) -> RevisionHistory:
    """Of the workload's old versions exactly the newest `limit` are kept, so that there is a way back to them, and no more.

    Versions that pods still have are kept beside them; a DaemonSet counts them among the `limit`.
    Waits at most `timeout` seconds for the workload to settle: while a rollout is under way, nothing is taken away. Fails as
    vacuous if there were not more old versions than `limit` since the test's beginning. Guarantee: deploy-history-limit.
    """
    kind, uid, namespace = workload.kind, workload.uid, workload.namespace
    deadline = namespace.deadline(timeout)
    kinds = tuple(dict.fromkeys(("Pod", history_limit.store_of(kind), kind)))
    own = history_limit.own_limit(workload.get())
    settled(workload, deadline)

    def cleaned(history: History) -> bool:
        # the controller takes them away after the rollout
        return len(history_limit.old(history, kind, uid)) <= history_limit.room(history, kind, uid, own)

    namespace.recording.wait_for(cleaned, f"the controller to keep no more than {own} old versions of {workload}", deadline)
    finding = judged(namespace, None, kinds, lambda history: history_limit.check_history_limit(history, kind, uid, limit))
    held(finding, namespace.recording.look)
    return RevisionHistory().fill(finding.evidence)
