"""sts-pvc-retain: by uid, without an owner that would take the claim later, bound to the same volume."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from ...history.model import History, Object
from ...objects.pods import controlled_by, owners, terminating
from ...objects.revisions import sizes
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

GUARANTEE = CATALOGUE["sts-pvc-retain"]
After = Literal["pod-delete", "scale-down", "delete"]

# The field that decides; deleting a pod by hand never deletes a claim.
_POLICY = {"scale-down": "whenScaled", "delete": "whenDeleted"}


def claims_of(history: History, kind: str, uid: str) -> dict[str, Object]:
    """The claims that a workload's pods use now, by uid."""
    if kind == "Pod":
        pods = [history.objects("Pod")[uid]]
    else:
        mine = controlled_by(owners(history, kind, uid))
        pods = [pod for pod in history.objects("Pod").values() if mine(pod)]
    names = {
        one["persistentVolumeClaim"]["claimName"]
        for pod in pods
        for one in pod["spec"].get("volumes") or ()
        if "persistentVolumeClaim" in one
    }
    return {one: obj for one, obj in history.objects("PersistentVolumeClaim").items() if obj["metadata"]["name"] in names}


def happened(history: History, kind: str, uid: str, after: After) -> str | None:
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


def check(history: History, kind: str, uid: str, claims: Mapping[str, Object], after: After) -> Finding:
    """Hold every claim against: the same object, not on its way out, owned by nothing that goes, bound to its volume."""
    workload = history.before(kind)[uid]
    terms = (f"{len(claims)} claims", f"after {after}")

    def found(**parts: Any) -> Finding:
        return Finding(GUARANTEE, f"{kind} {_name(workload)}", terms, **parts)

    if not claims:
        return found(
            vacuous="no pod of it uses a claim, so there is nothing to keep",
            change="spec.volumeClaimTemplates (a volume of the kind emptyDir goes with its pod)",
        )
    reason = happened(history, kind, uid, after)
    if reason is not None:
        return found(
            vacuous=f"{reason}; so nothing was shown about what comes after {after}", change="do it in the block, or name another `after`"
        )
    breaches, causes = [], []
    safe = {uid} if after != "delete" else set()  # an owner that stays does not take its claims along
    left = next((version.received for version in history.of(kind) if version.uid == uid and version.type == "DELETED"), None)
    for one, was in sorted(claims.items(), key=lambda item: _name(item[1])):
        breach, owner = _lost(history, one, was, safe | _staying(history, was), left)
        breaches += [breach] if breach else []
        causes += [f"claim {_name(was)} was given the owner {owner}, and goes with it"] if breach and owner else []
    return found(
        breaches=tuple(breaches),
        cause="; ".join(causes),
        change=_change(workload, after) if breaches else "",
        trigger=history.started,
        evidence={"claims": {_name(obj): str(obj["spec"].get("volumeName", "")) for obj in claims.values()}},
    )


def _lost(history: History, one: str, was: Object, safe: Collection[str], left: datetime | None) -> tuple[Breach | None, str]:
    """Whether a claim is lost or will be, and the owner that it goes with. How far that has got by now does not matter.

    `left` is when the workload was deleted, which is the moment for a claim that it owned before.
    """
    name, volume = _name(was), was["spec"].get("volumeName") or "no volume"
    last = history.seen("PersistentVolumeClaim")[one]
    versions = [version for version in history.of("PersistentVolumeClaim") if version.uid == one]
    owned = [(version.received, owner) for version in versions for owner in _threats(version.object, safe)]
    going = [version.received for version in versions if version.type == "DELETED" or version.object["metadata"].get("deletionTimestamp")]
    if going or last["metadata"].get("deletionTimestamp") or _threats(last, safe):
        owner = owned[-1][1] if owned else ", ".join(_threats(was, safe))
        first = min([at for at, by in owned if by == owner] + going, default=left)
        return Breach(f"claim {name} is not kept", first, lines=(f"{name}  was bound to {volume}",)), owner
    now, phase = last["spec"].get("volumeName") or "no volume", last.get("status", {}).get("phase")
    if now != volume or phase != "Bound":
        return Breach(
            f"claim {name} is {phase} to {now}", versions[-1].received if versions else None, lines=(f"{name}  was bound to {volume}",)
        ), ""
    return None, ""


def _change(workload: Object, after: After) -> str:
    field = _POLICY.get(after, "")
    policy = workload["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    if policy.get(field) == "Delete":
        return f"spec.persistentVolumeClaimRetentionPolicy.{field}: Retain (now Delete)"
    return "find out what deletes the claim; a StatefulSet's own policy keeps it"


def _threats(claim: Object, safe: Collection[str]) -> list[str]:
    """The owners that take a claim along when they go."""
    return [f"{owner['kind']} {owner['name']}" for owner in _owners(claim) if owner["uid"] not in safe]


def _staying(history: History, was: Object) -> set[str]:
    """The owners that a claim had already, an operator's object say, as long as nothing shows that they go."""
    going = {one for kind in history.initial for one, obj in history.before(kind).items() if terminating(obj)}
    going |= {version.uid for version in history.versions if version.type == "DELETED" or terminating(version.object)}
    return {str(owner["uid"]) for owner in _owners(was)} - going


def _owners(claim: Object) -> Sequence[Mapping[str, str]]:
    return claim["metadata"].get("ownerReferences") or ()


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
