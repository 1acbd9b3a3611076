"""How many pods stay healthy while nodes are drained."""

from __future__ import annotations

from collections.abc import Callable

from ...guarantees.disruption.drain import all_back, check_drain, pointless
from ...guarantees.finding import Finding
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.budgets import caught_up, uncountable
from ...workloads.handle import Handle
from ..window import Evidence, Window, violated
from .budget_counts import KINDS


class Drain(Evidence):
    """The pods that were evicted, the lowest number of healthy pods meanwhile, and how many were needed.

    `states` is in how many states of the pods they were counted, `seconds` how long that took.
    """

    evicted: tuple[str, ...]
    lowest_healthy: int
    needed: int
    states: int
    seconds: float


def assert_drain_respects_pdb(
    budget: Handle, *, min_healthy: int | None = None, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Drain]:
    """While the `with` block drains nodes, enough of the budget's pods are healthy in every state: Ready, and not terminating.

    `min_healthy` is the number of pods that the workload needs; without it the budget's own number counts, computed from the pods
    and their controllers. Every loss in the block counts, whatever its cause: a budget binds evictions only, not
    deletions, rollouts, taints or the loss of a node. `timeout`, in seconds, is for the pods to be as many as before again.

    Fails as vacuous before the block if the budget selects no pod; if it allows no eviction, so that no drain would end; or if the
    number of replicas is asked for by a ReplicationController or a custom resource, which is not recorded, and `min_healthy` is not
    given. Fails as vacuous after the block if no pod was evicted. Guarantee: pdb-drain.
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
        if pointless(now, uid, min_healthy):
            raise violated(check(now), recording.look)

    def settle(mark: Mark, deadline: Deadline) -> None:
        recording.barrier(deadline, *KINDS)
        recording.wait_for(lambda history: all_back(history, uid), f"the pods of {budget} to be as many as before", deadline, since=mark)

    return Window("assert_drain_respects_pdb", budget, Drain(), KINDS, judge=check, settle=settle, timeout=timeout, prepare=prepare).by(
        trigger
    )
