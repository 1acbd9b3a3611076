"""pvc-in-use-protection: a claim that a pod uses, and a volume that a claim has, outlive their deletion until they are free."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, users
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

FINALIZERS = {CLAIM: "kubernetes.io/pvc-protection", "PersistentVolume": "kubernetes.io/pv-protection"}


def holders(history: History, obj: Object) -> list[str]:
    """What uses the claim (scheduled pods, finished ones included) or has the volume (its claim) at the window's end."""
    if obj["kind"] == CLAIM:
        pods = users(history.objects("Pod").values(), obj)
        return [f"pod {_name(pod)} ({pod.get('status', {}).get('phase')})" for pod in pods if pod["spec"].get("nodeName")]
    owner = (obj["spec"].get("claimRef") or {}).get("uid")
    return [f"claim {_name(claim)}" for claim in history.objects(CLAIM).values() if claim["metadata"]["uid"] == owner]


def check_protection(history: History, kind: str, uid: str, released: datetime) -> Finding:
    """It was there, and on its way out, until `released`; in the end it is gone."""
    held = history.until(released)
    obj, was = held.seen(kind)[uid], history.before(kind)[uid]
    using = holders(held, was)
    gone = next((version for version in history.of(kind) if version.uid == uid and version.type == "DELETED"), None)

    def found(**parts: Any) -> Finding:
        terms = (f"used by {', '.join(using)}",) if using else ()
        return Finding(CATALOGUE["pvc-in-use-protection"], f"{kind} {_name(obj)}", terms, trigger=history.started, **parts)

    if not using:
        return found(
            vacuous="nothing used it until the end of the watch, so nothing had to protect it",
            change="a scheduled pod that uses the claim" if kind == CLAIM else "a claim that is bound to the volume",
        )
    if gone is not None and gone.received <= released:
        unprotected = FINALIZERS[kind] not in _finalizers(was)
        cause = "it did not have its finalizer any more" if unprotected else "something took its finalizer away"
        return found(
            breaches=(Breach("it was gone while it was used", gone.received, lines=tuple(using)),),
            cause=cause,
            change=f"metadata.finalizers: {FINALIZERS[kind]}",
        )
    if not obj["metadata"].get("deletionTimestamp"):
        return found(vacuous="its deletion was not asked for", change="delete it")
    if gone is None:
        left = holders(history, obj)
        return found(
            breaches=(Breach("it did not go when it should have been free", lines=tuple(left) or (f"finalizers: {_finalizers(obj)}",)),),
            cause=f"still used by {', '.join(left)}; a finished pod counts too" if left else "a finalizer holds it",
            change="release: what takes away everything that uses it" if left else "metadata.finalizers: without what nobody takes away",
        )
    return found(evidence={"users": tuple(using), "seconds": (released - history.started).total_seconds()})


def _finalizers(obj: Object) -> str:
    return ", ".join(obj["metadata"].get("finalizers") or ()) or "none"


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
