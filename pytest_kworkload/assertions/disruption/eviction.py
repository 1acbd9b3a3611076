"""Which evictions a budget refuses, and which it allows."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import ApiError
from ...guarantees.disruption.eviction import check_eviction_allowed, check_eviction_blocked
from ...guarantees.finding import Finding
from ...history.deadline import Deadline
from ...history.model import History
from ...objects.budgets import KIND, caught_up
from ...workloads.handle import Handle
from ...workloads.pods import Pod
from ..window import Evidence, held, judged


class EvictionBlocked(Evidence):
    """How many pods were healthy, how many must be, and the server's message."""

    healthy: int
    needed: int
    message: str


class EvictionAllowed(Evidence):
    """How many pods were healthy, how many must be, and the name of the pod that was evicted."""

    healthy: int
    needed: int
    pod: str


def assert_eviction_blocked(budget: Handle, pod: Pod, *, timeout: float | None = None) -> EvictionBlocked:
    """The PodDisruptionBudget makes the server refuse an eviction of the pod, which this requests, and the pod stays.

    If the promise is broken, the pod is evicted. A budget that its controller has not counted yet refuses everything, so that is
    waited for first, at most `timeout` seconds. A budget binds evictions only, not deletions, rollouts or scale-downs. A Running
    pod that is not Ready has to stay too while too few others are healthy, unless unhealthyPodEvictionPolicy is AlwaysAllow. Take
    the budget as `kworkload.object("PodDisruptionBudget", name)`.

    Fails as vacuous if the eviction is refused for another reason, or by another budget.

    Guarantee: pdb-blocks-eviction, pdb-unhealthy-policy.
    """
    finding = _requested(budget, pod, budget.namespace.deadline(timeout), check_eviction_blocked)
    return EvictionBlocked().fill(finding.evidence)


def assert_eviction_allowed(budget: Handle, pod: Pod, *, timeout: float | None = None) -> EvictionAllowed:
    """The PodDisruptionBudget allows an eviction of the pod, which this requests, and the pod is deleted.

    Use it above all for a pod that is not Ready, which must not keep a node from being drained for ever: by default it may be
    evicted only while enough others are healthy, with unhealthyPodEvictionPolicy AlwaysAllow at any time. It waits until the
    budget's controller has counted, at most `timeout` seconds.

    Fails as vacuous if the budget does not select the pod, or if the pod may always be evicted: it is Pending, has finished, or is
    terminating.

    Guarantee: pdb-unhealthy-policy, pdb-blocks-eviction.
    """
    finding = _requested(budget, pod, budget.namespace.deadline(timeout), check_eviction_allowed)
    return EvictionAllowed().fill(finding.evidence)


def _requested(budget: Handle, pod: Pod, deadline: Deadline, check: Callable[[History, str, str, str | None], Finding]) -> Finding:
    """Request an eviction when the budget has counted, and judge what came of it."""
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
