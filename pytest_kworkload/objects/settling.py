"""When a workload has settled."""

from __future__ import annotations

from ..history.model import History, Object
from .eligibility import ineligible
from .pods import controlled_by, finished, owners, terminating
from .readiness import unready
from .strategy import strategy_type


def unsettled(history: History, kind: str, uid: str) -> str | None:
    """Why a workload has not settled: its controller is behind, sizes are not met, or a pod is still being deleted."""
    obj = history.objects(kind).get(uid)
    if obj is None:
        return "it is gone"
    reason = unready(obj)
    if reason is not None:
        return reason
    mine = controlled_by(owners(history, kind, uid))
    ending = sorted(str(pod["metadata"]["name"]) for pod in history.objects("Pod").values() if mine(pod) and terminating(pod))
    return f"still terminating: {', '.join(ending)}" if ending else None


def incomplete(history: History, kind: str, uid: str) -> str | None:
    """Why a workload has not settled, or has fewer Ready pods than it should have.

    The status is written after the fact: for a moment it still counts a pod that has gone, or not yet a node that has come.
    """
    return unsettled(history, kind, uid) or too_few_ready(history, kind, uid)


def too_few_ready(history: History, kind: str, uid: str) -> str | None:
    """Why a workload, whatever its status says, has fewer Ready pods than it should have."""
    obj = history.objects(kind)[uid]
    mine = controlled_by(owners(history, kind, uid))
    ready = sum(mine(pod) and not finished(pod) and unready(pod) is None for pod in history.objects("Pod").values())
    want = _daemons(history, obj) if kind == "DaemonSet" else int(obj["spec"].get("replicas", 1))
    return f"{ready} of {want} pods are Ready" if ready < want else None


def _daemons(history: History, obj: Object) -> int:
    eligible = sum(ineligible(node, obj["spec"]["template"]) is None for node in history.objects("Node").values())
    return max(eligible, int(obj["status"].get("desiredNumberScheduled", 0)))


def never_replaced(obj: Object) -> bool:
    """Whether this kind of workload leaves its pods alone when the template changes, so that waiting is useless."""
    return obj["kind"] == "ReplicaSet" or strategy_type(obj) == "OnDelete"


def kept_by_partition(obj: Object, ordinal: int) -> bool:
    """Whether a StatefulSet's partition keeps this replica on the revision that it has; it counts from ordinals.start."""
    rolling = (obj["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    start = int((obj["spec"].get("ordinals") or {}).get("start", 0))
    return obj["kind"] == "StatefulSet" and ordinal - start < int(rolling.get("partition") or 0)
