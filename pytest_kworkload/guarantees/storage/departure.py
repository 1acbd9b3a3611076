"""What a block takes away, after which claims must stay or go: some pods, some replicas, or the whole workload."""

from __future__ import annotations

from typing import Literal

from ...history.model import History, Object
from ...objects.pods import controlled_by, owners, terminating
from ...objects.revisions import sizes
from ..judging import Reason

After = Literal["pod-delete", "scale-down", "delete"]

# The field of persistentVolumeClaimRetentionPolicy that decides; deleting a pod by hand never deletes a claim.
_POLICY = {"scale-down": "whenScaled", "delete": "whenDeleted"}


def why_not_departed(history: History, kind: str, uid: str, after: After) -> str | None:
    """Why what `after` names has not happened (yet) in the window; None when it has, with every deleted pod gone."""
    now = history.objects(kind).get(uid)
    if after == "delete" and now is not None:
        return f"the {kind} is still there"
    mine, pods = controlled_by(owners(history, kind, uid)), history.objects("Pod")
    ending = sorted(_name(pod) for one, pod in pods.items() if (mine(pod) or one == uid) and terminating(pod))
    if ending:
        return f"still terminating: {', '.join(ending)}"
    was = [one for one, pod in history.before("Pod").items() if mine(pod) or one == uid]
    left = sorted(_name(pods[one]) for one in was if one in pods)
    if after == "delete":
        return f"pods still there: {', '.join(left)}" if left else None
    if after == "scale-down":
        before, *later = sizes(history, kind, uid)
        if min(later, default=before) >= before:
            return f"the replicas were not lowered: {before} before, {before if not later else later[-1]} now"
    return None if len(left) < len(was) else "no pod was deleted"


def not_departed(history: History, kind: str, uid: str, after: After) -> Reason | None:
    """Nothing can be shown about claims before what `after` names has happened."""
    why = why_not_departed(history, kind, uid, after)
    return (
        Reason(f"{why}, so nothing was shown about what comes after {after}", do="do it in the block, or pass another `after`")
        if why
        else None
    )


def retention_policy(workload: Object, after: After) -> tuple[str, str]:
    """(the field that decides about the claims, its value); empty if no field does."""
    if after not in _POLICY:
        return "", ""
    policy = workload["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    return f"spec.persistentVolumeClaimRetentionPolicy.{_POLICY[after]}", str(policy.get(_POLICY[after], "Retain"))


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
