"""sts-pvc-retain: by uid, without an owner that would take the claim later, bound to the same volume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ..history.model import History, Object
from .catalogue import CATALOGUE
from .finding import Breach, Finding
from .pods import controlled_by, owners

GUARANTEE = CATALOGUE["sts-pvc-retain"]
After = Literal["pod-delete", "scale-down", "delete"]

_POLICY = {"scale-down": "whenScaled", "delete": "whenDeleted", "pod-delete": "whenScaled"}


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
    then, now = history.before(kind)[uid], history.objects(kind).get(uid)
    if after == "delete" and now is not None:
        return f"the {kind} is still there"
    was = history.before("Pod")
    mine = controlled_by(owners(history, kind, uid))
    left = [pod for one, pod in history.objects("Pod").items() if one in was and (mine(pod) or one == uid)]
    ending = [
        str(pod["metadata"]["name"]) for pod in history.objects("Pod").values() if mine(pod) and pod["metadata"].get("deletionTimestamp")
    ]
    if ending:
        return f"still terminating: {', '.join(sorted(ending))}"
    if after == "delete":
        return f"pods still there: {', '.join(sorted(str(pod['metadata']['name']) for pod in left))}" if left else None
    gone = len([pod for one, pod in was.items() if mine(pod) or one == uid]) - len(left)
    if after == "scale-down" and now is not None:
        size, before = int(now["spec"].get("replicas", 1)), int(then["spec"].get("replicas", 1))
        if size >= before:
            return f"the replicas were not lowered: {before} before, {size} now"
    return None if gone else "no pod was deleted"


def check(history: History, kind: str, uid: str, claims: Mapping[str, Object], after: After) -> Finding:
    """Hold every claim against: the same object, not on its way out, owned by nothing that goes, bound to its volume."""
    workload = history.before(kind)[uid]
    subject = f"{kind} {workload['metadata']['name']}"
    terms = (f"{len(claims)} claims", f"after {after}")
    if not claims:
        return Finding(
            GUARANTEE,
            subject,
            terms,
            vacuous="no pod of it uses a claim, so there is nothing to keep",
            change="spec.volumeClaimTemplates (a volume of the kind emptyDir goes with its pod)",
        )
    reason = happened(history, kind, uid, after)
    if reason is not None:
        return Finding(
            GUARANTEE,
            subject,
            terms,
            vacuous=f"{reason}; so nothing was shown about what comes after {after}",
            change="do it in the block, or name another `after`",
        )
    breaches, causes = [], []
    now = history.objects("PersistentVolumeClaim")
    for one, was in sorted(claims.items(), key=lambda item: str(item[1]["metadata"]["name"])):
        name = was["metadata"]["name"]
        last = history.seen("PersistentVolumeClaim")[one]
        gone = next((v.received for v in history.of("PersistentVolumeClaim") if v.uid == one and v.type == "DELETED"), None)
        owner = _owner_at_any_time(history, one)
        if owner:
            causes.append(f"claim {name} was given the owner {owner}, and goes with it")
        if one not in now:
            breaches.append(Breach(f"claim {name} was deleted", gone, lines=(f"{name}  was bound to {was['spec'].get('volumeName', '')}",)))
        elif last["metadata"].get("deletionTimestamp"):
            breaches.append(Breach(f"claim {name} is being deleted", gone))
        elif owner:
            breaches.append(Breach(f"claim {name} is owned by {owner}, which will take it along", None))
        elif last["spec"].get("volumeName") != was["spec"].get("volumeName") or last["status"].get("phase") != "Bound":
            now_bound = f"{last['status'].get('phase')} to {last['spec'].get('volumeName')}"
            breaches.append(Breach(f"claim {name} is {now_bound}, not to {was['spec'].get('volumeName')}"))
    policy = (workload["spec"].get("persistentVolumeClaimRetentionPolicy") or {}) if kind == "StatefulSet" else {}
    field = _POLICY[after]
    change = ""
    if breaches:
        change = (
            f"spec.persistentVolumeClaimRetentionPolicy.{field}: Retain (now {policy[field]})"
            if policy.get(field) == "Delete"
            else "find out what deletes the claim; a StatefulSet's own policy keeps it"
        )
    return Finding(
        GUARANTEE,
        subject,
        terms,
        tuple(breaches),
        cause="; ".join(causes),
        change=change,
        trigger=history.started,
        evidence={"claims": {str(obj["metadata"]["name"]): str(obj["spec"].get("volumeName", "")) for obj in claims.values()}},
    )


def _owner_at_any_time(history: History, uid: str) -> str | None:
    """An owner that a claim had in some version of the window."""
    versions = [version.object for version in history.of("PersistentVolumeClaim") if version.uid == uid]
    for obj in [*versions, history.before("PersistentVolumeClaim").get(uid, {"metadata": {}})]:
        for owner in obj["metadata"].get("ownerReferences") or ():
            return f"{owner['kind']} {owner['name']}"
    return None
