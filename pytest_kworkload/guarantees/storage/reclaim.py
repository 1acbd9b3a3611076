"""pv-reclaim: what becomes of a volume whose claim is deleted."""

from __future__ import annotations

from typing import Any, Literal

from ...history.model import History, Object
from ...objects.claims import CLAIM, VOLUME, pod_names, users
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

Policy = Literal["Delete", "Retain"]


def held_by(history: History, claim_uid: str) -> Object | None:
    """The volume that is bound to a claim at the window's start."""
    volumes = history.before(VOLUME).values()
    return next((one for one in volumes if (one["spec"].get("claimRef") or {}).get("uid") == claim_uid), None)


def reclaimed(history: History, claim_uid: str) -> bool:
    """Whether the claim is gone and its volume has got where its own policy leads."""
    volume = held_by(history, claim_uid)
    if claim_uid in history.objects(CLAIM) or volume is None:
        return False
    now = history.objects(VOLUME).get(str(volume["metadata"]["uid"]))
    return now is None or now.get("status", {}).get("phase") == "Failed" or (_policy(now) == "Retain" and _phase(now) != "Bound")


def check_reclaimed(history: History, claim_uid: str, policy: Policy) -> Finding:
    """Delete: the volume is gone. Retain: it is there, and belongs to the claim that is gone in every state."""
    claim, volume = history.seen(CLAIM)[claim_uid], held_by(history, claim_uid)
    subject = f"{CLAIM} {claim['metadata']['name']}"

    def found(**parts: Any) -> Finding:
        terms = (f"volume {_name(volume)}",) if volume is not None else ()
        return Finding(CATALOGUE["pv-reclaim"], subject, (*terms, f"must be: {policy}"), trigger=history.started, **parts)

    if volume is None:
        return found(vacuous="it had no volume before the block", change="a claim that is bound")
    if claim_uid in history.objects(CLAIM):
        using = pod_names(users(history.objects("Pod").values(), claim))
        why = f"is still used by {using}" if using else "is still there"
        return found(
            vacuous=f"the claim {why}, so its volume is not free", change="delete the claim, and the pods that use it, in the block"
        )
    uid = str(volume["metadata"]["uid"])
    now, last = history.objects(VOLUME).get(uid), history.seen(VOLUME)[uid]
    change = f"persistentVolumeReclaimPolicy of the volume, or reclaimPolicy of its class: {policy} (now {_policy(last)})"
    evidence = {"volume": _name(volume), "phase": "" if now is None else _phase(now)}
    if policy == "Delete":
        if now is None:
            return found(evidence=evidence)
        message = str(now.get("status", {}).get("message") or "")
        return found(breaches=(Breach(f"the volume is still there: {_phase(now)}"),), cause=message, change=change)
    if now is None:
        gone = next(version.received for version in history.of(VOLUME) if version.uid == uid and version.type == "DELETED")
        return found(breaches=(Breach("the volume was deleted, and its data with it", gone),), change=change)
    for version in history.of(VOLUME):
        holder = version.object["spec"].get("claimRef") or {}
        if version.uid == uid and holder.get("uid") != claim_uid:
            text = f"the volume was given to claim {holder.get('name')}" if holder else "the volume's claimRef was taken away"
            return found(breaches=(Breach(text, version.received),), change="spec.claimRef of the volume: leave it as it is")
    if _phase(now) != "Released":
        return found(breaches=(Breach(f"the volume is {_phase(now)}, not Released"),), change=change)
    return found(evidence=evidence)


def _policy(volume: Object) -> str:
    return str(volume["spec"].get("persistentVolumeReclaimPolicy") or "Retain")


def _phase(volume: Object) -> str:
    return str(volume.get("status", {}).get("phase") or "Pending")


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
