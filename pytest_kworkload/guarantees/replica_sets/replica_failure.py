"""rs-replica-failure: a pod that may not be created shows as the condition ReplicaFailure, which goes when it may."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.pods import controlled_by, finished, owners, terminating
from ...objects.readiness import condition
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def refused(obj: Object) -> Object:
    """The condition of a workload whose pods are refused; empty if there is none."""
    found = condition(obj, "ReplicaFailure")
    return found if found.get("status") == "True" else {}


def check_replica_failure(history: History, kind: str, uid: str, reason: str, *, cured: bool) -> Finding:
    """The condition came with this reason; `cured`: and it is gone in the end. The history is the whole test's."""
    obj = history.seen(kind)[uid]

    def found(**parts: Any) -> Finding:
        terms = (f"replicas {obj['spec'].get('replicas', 1)}", f"expected: ReplicaFailure with reason {reason}")
        return Finding(CATALOGUE["rs-replica-failure"], f"{kind} {obj['metadata']['name']}", terms, **parts)

    if kind not in ("ReplicaSet", "Deployment"):
        return found(
            vacuous=f"a {kind} has no condition ReplicaFailure: it tells in its events only", change="kind: ReplicaSet or Deployment"
        )
    versions = [
        *([history.before(kind)[uid]] if uid in history.before(kind) else []),
        *(v.object for v in history.of(kind) if v.uid == uid),
    ]
    failures = [failure for one in versions if (failure := refused(one))]
    mine = controlled_by(owners(history, kind, uid))
    active = sorted(
        str(pod["metadata"]["name"]) for pod in history.objects("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)
    )
    if not failures:
        return found(
            breaches=(Breach(f"no pod was refused: {len(active)} are there", lines=tuple(active)),),
            cause="nothing forbids its pods",
            change="a ResourceQuota (or an admission webhook) that refuses a pod, applied before",
        )
    last = failures[-1]
    if last.get("reason") != reason:
        return found(
            breaches=(Breach(f"ReplicaFailure with reason {last.get('reason')}", lines=(str(last.get("message", "")),)),),
            cause="it failed for another reason",
            change=f"reason={last.get('reason')!r}, or what refuses the pods",
        )
    if cured and (still := refused(obj)):
        return found(
            breaches=(Breach("the condition is still there in the end", lines=(str(still.get("message", "")),)),),
            cause="a pod is still refused",
            change="cure: let it take away what the message names",
        )
    return found(evidence={"message": str(last.get("message", "")), "pods": tuple(active)})
