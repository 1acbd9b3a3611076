"""How many pods a budget requires to stay healthy."""

from __future__ import annotations

from ...guarantees.disruption.budget_counts import check_budget_counts, status_agrees
from ...guarantees.finding import Finding
from ...history.model import History
from ...objects.budgets import KIND, SCALED
from ...workloads.handle import Handle
from ..window import Evidence, after

KINDS = ("Pod", *SCALED, KIND)


class BudgetCounts(Evidence):
    """How many pods the budget counts from, how many of them must stay healthy, how many are, and how many may be evicted now."""

    expected: int
    needed: int
    healthy: int
    allowed: int


def assert_budget_counts(budget: Handle, *, needed: int | None = None, timeout: float | None = None) -> BudgetCounts:
    """As many pods must stay healthy as the PodDisruptionBudget's fields and the pods' controllers say, and its status says the same.

    `needed` is the number that you expect. Percentages of minAvailable and of maxUnavailable are rounded up, and are relative to
    the replicas that the pods' controllers ask for. A controller without replicas (a DaemonSet, a Job) cannot be counted, and then
    every eviction is refused. It waits, at most `timeout` seconds, until the status says what is counted here.

    Fails as vacuous if the budget selects no pod, or if the number of replicas is asked for by a ReplicationController or a custom
    resource, which is not recorded. Guarantee: pdb-math.
    """
    namespace, recording, uid = budget.namespace, budget.namespace.recording, budget.uid
    deadline = namespace.deadline(timeout)
    agreement: list[History] = []  # the moment at which both said the same: a pod may come or go a moment later

    def wait() -> None:
        awaiting = f"{budget} to count its pods"
        agreement.append(recording.wait_for(lambda history: history if status_agrees(history, uid) else None, awaiting, deadline))

    def check(history: History) -> Finding:
        return check_budget_counts(agreement[0] if agreement else history, uid, needed)

    recording.barrier(deadline, *KINDS)
    return BudgetCounts().fill(after(wait, namespace, None, KINDS, check).evidence)
