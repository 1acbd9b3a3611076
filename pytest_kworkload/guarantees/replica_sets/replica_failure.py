"""rs-replica-failure: a pod whose creation is refused shows in the condition ReplicaFailure until it can be created."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.pods import controlled_by, finished, owners, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


def failure_condition(obj: Object) -> Object:
    """The condition of a workload whose pods are refused; empty if there is none."""
    found = condition(obj, "ReplicaFailure")
    return found if found.get("status") == "True" else {}


def check_replica_failure(history: History, kind: str, uid: str, reason: str, *, cured: bool) -> Finding:
    """The condition came with this reason; `cured`: and it is gone at the end. The history is the whole test's."""
    obj = history.seen(kind)[uid]
    terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"expected: ReplicaFailure with reason {reason}")
    judging = Judging.of(CATALOGUE["rs-replica-failure"], obj, *terms, look=("ResourceQuota",))
    if kind not in ("ReplicaSet", "Deployment"):
        return judging.vacuous(
            f"a {kind} has no condition ReplicaFailure: it reports in its events only", f"kind: ReplicaSet or Deployment (now {kind})"
        )
    failures = [failure for one in history.versions_of(kind, uid) if (failure := failure_condition(one))]
    mine = controlled_by(owners(history, kind, uid))
    every = history.objects("Pod").values()
    active = sorted(str(pod["metadata"]["name"]) for pod in every if mine(pod) and not finished(pod) and not terminating(pod))
    if not failures:
        return judging.found(
            [Breach(f"no pod was refused; active pods: {len(active)}", lines=tuple(active))],
            cause="nothing forbids its pods",
            check="whether a ResourceQuota (or an admission webhook) that refuses a pod was applied before the workload",
        )
    last = failures[-1]
    if last.get("reason") != reason:
        return judging.found(
            [Breach(f"ReplicaFailure with reason {last.get('reason')}", lines=(str(last.get("message", "")),))],
            cause="it failed for another reason",
            check=f"reason={last.get('reason')!r}, or what refuses the pods",
        )
    still = failure_condition(obj) if cured else {}
    return judging.found(
        [Breach("the condition is still there at the end", lines=(str(still.get("message", "")),))] if still else (),
        cause="a pod is still refused",
        check="whether cure= removes what the message names",
        evidence={"message": str(last.get("message", "")), "pods": tuple(active)},
    )
