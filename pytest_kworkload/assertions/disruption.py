"""Budgets of disruptions: how much they make stay, what they refuse, and what a drain leaves."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import ApiError
from ..guarantees.disruption.budget_counts import agreed, check_budget_counts
from ..guarantees.disruption.drain import check_drain, pointless, whole
from ..guarantees.disruption.eviction import check_allowed, check_eviction
from ..guarantees.finding import Finding
from ..history.deadline import Deadline
from ..history.model import History
from ..history.recording import Mark
from ..objects.budgets import KIND, SCALED, caught_up, uncountable
from ..workloads.handle import Handle
from ..workloads.pods import Pod
from .window import Evidence, Window, after, held, judged, violated

KINDS = ("Pod", *SCALED, KIND)


class EvictionBlocked(Evidence):
    """How many pods were healthy, how many must be, and what the server said."""

    healthy: int
    needed: int
    message: str


class EvictionAllowed(Evidence):
    """How many pods were healthy, how many must be, and the name of the pod that went."""

    healthy: int
    needed: int
    pod: str


class BudgetCounts(Evidence):
    """How many pods the budget counts from, how many of them must stay healthy, how many are, and how many may go now."""

    expected: int
    needed: int
    healthy: int
    allowed: int


class Drain(Evidence):
    """The pods that were evicted, the fewest that were healthy meanwhile, and what that was held against."""

    evicted: tuple[str, ...]
    lowest_healthy: int
    needed: int
    states: int
    seconds: float


def assert_eviction_blocked(budget: Handle, pod: Pod, *, timeout: float | None = None) -> EvictionBlocked:
    """Asks for the eviction of the pod; the PodDisruptionBudget has it refused, and the pod stays.

    If the promise is broken, the pod is evicted. A budget that its controller has not counted yet refuses everything, so that is
    waited for first, at most `timeout` seconds. A budget binds evictions only: not a deletion, a rollout or a scale-down. A
    Running pod that is not Ready has to stay too while too few others are healthy, unless unhealthyPodEvictionPolicy is
    AlwaysAllow. Take the budget as `kworkload.object("PodDisruptionBudget", name)`. Guarantee: pdb-blocks-eviction.
    """
    finding = _asked(budget, pod, budget.namespace.deadline(timeout), check_eviction)
    return EvictionBlocked().fill(finding.evidence)


def assert_eviction_allowed(budget: Handle, pod: Pod, *, timeout: float | None = None) -> EvictionAllowed:
    """Asks for the eviction of the pod; the PodDisruptionBudget does not have it refused, and the pod is told to go.

    Above all for a pod that is not Ready, which must not keep a node from being drained for ever: by default it may go only
    while enough others are healthy, with unhealthyPodEvictionPolicy AlwaysAllow always. It waits until the budget's controller
    has counted, at most `timeout` seconds. Guarantee: pdb-unhealthy-policy, pdb-blocks-eviction.
    """
    finding = _asked(budget, pod, budget.namespace.deadline(timeout), check_allowed)
    return EvictionAllowed().fill(finding.evidence)


def assert_budget_counts(budget: Handle, *, needed: int | None = None, timeout: float | None = None) -> BudgetCounts:
    """The PodDisruptionBudget makes as many pods stay healthy as its fields and the pods' controllers say, and as its status tells.

    `needed` is the number that you expect. Percentages round up, of minAvailable and of maxUnavailable, and are of what the
    controllers want; a controller that does not say how many that is (a DaemonSet, a Job) cannot be counted, and then every
    eviction is refused. It waits at most `timeout` seconds until the status says what is counted here.

    Fails as vacuous if the budget selects no pod, or counts from what a ReplicationController or a custom resource wants: that is
    not recorded. Guarantee: pdb-math.
    """
    namespace, recording, uid = budget.namespace, budget.namespace.recording, budget.uid
    deadline = namespace.deadline(timeout)
    agreement: list[History] = []  # the moment at which both said the same: a pod may come or go a moment later

    def wait() -> None:
        awaiting = f"{budget} to count its pods"
        agreement.append(recording.wait_for(lambda history: history if agreed(history, uid) else None, awaiting, deadline))

    def check(history: History) -> Finding:
        return check_budget_counts(agreement[0] if agreement else history, uid, needed)

    recording.barrier(deadline, *KINDS)
    return BudgetCounts().fill(after(wait, namespace, None, KINDS, check).evidence)


def assert_drain_respects_pdb(
    budget: Handle, *, min_healthy: int | None = None, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Drain]:
    """While the `with` block drains nodes, enough of the budget's pods are healthy in every state: Ready, and not terminating.

    `min_healthy` is what the workload can bear; without it the budget's own number counts, computed from the pods and their
    controllers. What happened in the window counts, whoever did it: a budget binds evictions, and neither a deletion nor a
    rollout, a taint or the loss of a node. `timeout`, in seconds, is for the pods to be as many as before again.

    Fails as vacuous, before the block, if the budget selects no pod or lets none go, so that no drain would end, or if it counts
    from what a ReplicationController or a custom resource wants, which is not recorded, and there is no `min_healthy`; and after
    the block if no pod was evicted. Guarantee: pdb-drain.
    """
    namespace, recording, uid = budget.namespace, budget.namespace.recording, budget.uid

    def check(history: History) -> Finding:
        return check_drain(history, uid, min_healthy)

    def prepare() -> None:
        deadline = namespace.deadline(timeout)
        recording.barrier(deadline, *KINDS)
        awaiting = f"{budget} to count its healthy pods"
        recording.wait_for(lambda history: caught_up(history, uid) or uncountable(history, uid), awaiting, deadline)
        now = recording.since(recording.mark())
        if pointless(now, uid, min_healthy)[0]:
            raise violated(check(now), recording.look)

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording.barrier(deadline, *KINDS)
        awaiting = f"the pods of {budget} to be as many as before"
        recording.wait_for(lambda history: whole(history, uid), awaiting, deadline, since=mark)

    return Window("assert_drain_respects_pdb", budget, Drain(), KINDS, judge=check, settle=settle, timeout=timeout, prepare=prepare).by(
        trigger
    )


def _asked(budget: Handle, pod: Pod, deadline: Deadline, check: Callable[[History, str, str, str | None], Finding]) -> Finding:
    """Ask for an eviction when the budget has counted, and judge what came of it."""
    namespace, recording, uid, pod_uid = budget.namespace, budget.namespace.recording, budget.uid, pod.uid
    recording.barrier(deadline, "Pod", KIND)
    recording.wait_for(lambda history: caught_up(history, uid), f"{budget} to count its healthy pods", deadline)
    mark = recording.mark()
    refusal = None
    try:
        pod.evict()
    except ApiError as error:
        if error.status not in (429, 500):  # 500: more than one budget selects the pod
            raise
        refusal = error.message
    finding = judged(namespace, mark, ("Pod", KIND), lambda history: check(history, uid, pod_uid, refusal))
    return held(finding, recording.look)
