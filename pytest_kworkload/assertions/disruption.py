"""Budgets of disruptions."""

from __future__ import annotations

from ..errors import ApiError
from ..guarantees.eviction import KIND, check_eviction, counted
from ..workloads.handle import Handle
from ..workloads.pods import Pod
from .window import Evidence, held, judged


class EvictionBlocked(Evidence):
    """How many pods were healthy, how many must be, and what the server said."""

    healthy: int
    needed: int
    message: str


def assert_eviction_blocked(budget: Handle, pod: Pod, *, timeout: float | None = None) -> EvictionBlocked:
    """Asks for the eviction of the pod; the PodDisruptionBudget has it refused, and the pod stays.

    If the promise is broken, the pod is evicted. A budget that its controller has not counted yet refuses everything, so that is
    waited for first, at most `timeout` seconds. A budget binds evictions only: not a deletion, a rollout or a scale-down.
    Take the budget as `kworkload.object("PodDisruptionBudget", name)`. Source: pdb-blocks-eviction.
    """
    namespace, recording = budget.namespace, budget.namespace.recording
    deadline, uid, pod_uid = namespace.deadline(timeout), budget.uid, pod.uid
    recording.barrier(deadline, "Pod", KIND)
    recording.wait_for(lambda history: counted(history, uid), f"{budget} to count its healthy pods", deadline)
    mark = recording.mark()
    refusal = None
    try:
        pod.evict()
    except ApiError as error:
        if error.status not in (429, 500):  # 500: more than one budget selects the pod
            raise
        refusal = error.message
    finding = judged(namespace, mark, ("Pod", KIND), lambda history: check_eviction(history, uid, pod_uid, refusal))
    held(finding, recording.look)
    return EvictionBlocked().fill(finding.evidence)
