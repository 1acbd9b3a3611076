"""pv-reclaim: what becomes of a volume whose claim is deleted."""

from __future__ import annotations

from typing import Literal

from ...history.model import History, Object
from ...objects.claims import CLAIM, VOLUME, pod_names, users
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging

Policy = Literal["Delete", "Retain"]


def volume_before(history: History, claim_uid: str) -> Object | None:
    """The volume that is bound to a claim at the window's start."""
    volumes = history.before(VOLUME).values()
    return next((one for one in volumes if (one["spec"].get("claimRef") or {}).get("uid") == claim_uid), None)


def is_reclaimed(history: History, claim_uid: str) -> bool:
    """Whether the claim is gone and its volume has got where its own policy leads."""
    volume = volume_before(history, claim_uid)
    if claim_uid in history.objects(CLAIM) or volume is None:
        return False
    now = history.objects(VOLUME).get(str(volume["metadata"]["uid"]))
    return now is None or now.get("status", {}).get("phase") == "Failed" or (_policy(now) == "Retain" and _phase(now) != "Bound")


def check_reclaimed(history: History, claim_uid: str, policy: Policy) -> Finding:
    """Delete: the volume is gone. Retain: it is there, and belongs to the claim that is gone in every state."""
    claim, volume = history.seen(CLAIM)[claim_uid], volume_before(history, claim_uid)
    terms = (*((f"volume {_name(volume)}",) if volume is not None else ()), f"must be: {policy}")
    judging = Judging.of(CATALOGUE["pv-reclaim"], claim, *terms, trigger=history.started, look=(VOLUME,))
    if volume is None:
        return judging.vacuous(
            "it had no volume before the block", do="wait until the claim is bound (assert_claim_bound) before the block"
        )
    if claim_uid in history.objects(CLAIM):
        using = pod_names(users(history.objects("Pod").values(), claim))
        why = f"is still used by {using}" if using else "is still there"
        do = "delete the claim, and the pods that use it, in the block"
        return judging.vacuous(f"the claim {why}, so its volume is not free", do=do)
    uid = str(volume["metadata"]["uid"])
    now, own = history.objects(VOLUME).get(uid), _policy(history.seen(VOLUME)[uid])
    change = (
        "" if own == policy else f"spec.persistentVolumeReclaimPolicy of the volume, or reclaimPolicy of its class: {policy} (now {own})"
    )
    evidence = {"volume": _name(volume), "phase": "" if now is None else _phase(now)}
    if policy == "Delete":
        left = [Breach(f"the volume is still there: {_phase(now)}")] if now is not None else []
        message = str((now or {}).get("status", {}).get("message") or "")
        check = "" if change else "the provisioner's log: why it keeps the volume"
        return judging.found(left, cause=message, change=change, check=check, evidence=evidence)
    check = "" if change else "find what else writes or deletes the volume: its own policy is Retain"
    if now is None:
        deletion = next(version.received for version in history.of(VOLUME) if version.uid == uid and version.type == "DELETED")
        return judging.found([Breach("the volume was deleted, and its data with it", deletion)], change=change, check=check)
    for version in history.of(VOLUME):
        holder = version.object["spec"].get("claimRef") or {}
        if version.uid == uid and holder.get("uid") != claim_uid:
            text = f"the volume was given to claim {holder.get('name')}" if holder else "the volume's claimRef was taken away"
            return judging.found([Breach(text, version.received)], check="find what else writes spec.claimRef of the volume")
    kept = [Breach(f"the volume is {_phase(now)}, not Released")] if _phase(now) != "Released" else []
    return judging.found(kept, change=change, check=check, evidence=evidence)


def _policy(volume: Object) -> str:
    return str(volume["spec"].get("persistentVolumeReclaimPolicy") or "Retain")


def _phase(volume: Object) -> str:
    return str(volume.get("status", {}).get("phase") or "Pending")


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
