"""pvc-in-use-protection: a claim that a pod uses, and a volume that a claim has, outlive their deletion until they are free."""

from __future__ import annotations

from datetime import datetime

from ...history.model import History, Object
from ...objects.claims import CLAIM, VOLUME, users
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging

FINALIZERS = {CLAIM: "kubernetes.io/pvc-protection", VOLUME: "kubernetes.io/pv-protection"}


def users_now(history: History, obj: Object) -> list[str]:
    """What uses the claim (scheduled pods, finished ones included) or has the volume (its claim) at the window's end."""
    if obj["kind"] == CLAIM:
        pods = users(history.objects("Pod").values(), obj)
        return [f"pod {_name(pod)} ({pod.get('status', {}).get('phase')})" for pod in pods if pod["spec"].get("nodeName")]
    owner = (obj["spec"].get("claimRef") or {}).get("uid")
    return [f"claim {_name(claim)}" for claim in history.objects(CLAIM).values() if claim["metadata"]["uid"] == owner]


def check_in_use_protection(history: History, kind: str, uid: str, released: datetime) -> Finding:
    """It was there, and on its way out, until `released`; at the end it is gone."""
    watched = history.until(released)
    obj, was = watched.seen(kind)[uid], history.before(kind)[uid]
    using = users_now(watched, was)
    terms = (f"used by {', '.join(using)}",) if using else ()
    judging = Judging.of(CATALOGUE["pvc-in-use-protection"], obj, *terms, trigger=history.started, look=(CLAIM,))
    deletion = next((version for version in history.of(kind) if version.uid == uid and version.type == "DELETED"), None)
    if not using:
        do = "let a scheduled pod use the claim" if kind == CLAIM else "bind a claim to the volume"
        return judging.vacuous("nothing used it until the end of the watch, so nothing had to protect it", do=do)
    if deletion is not None and deletion.received <= released:
        breach = Breach("it was gone while it was used", deletion.received, lines=tuple(using))
        if FINALIZERS[kind] in _finalizers(was):
            return judging.found([breach], cause="something removed its finalizer", check=f"find what removes {FINALIZERS[kind]}")
        change = f"metadata.finalizers: [{FINALIZERS[kind]}] (now {_finalizers(was)})"
        return judging.found([breach], cause="it no longer had its finalizer", change=change)
    if not obj["metadata"].get("deletionTimestamp"):
        return judging.vacuous("its deletion was not asked for", do="delete it")
    if deletion is None:
        text = "it stayed when it should have been free"
        if left := users_now(history, obj):
            cause = f"it is still used by {', '.join(left)}; a finished pod counts too"
            return judging.found([Breach(text, lines=tuple(left))], cause=cause, check="whether `release` deletes everything that uses it")
        breach = Breach(text, lines=(f"finalizers: {_finalizers(obj)}",))
        return judging.found([breach], cause="a finalizer holds it", check="find what should remove the finalizer")
    return judging.found(evidence={"users": tuple(using), "seconds": (released - history.started).total_seconds()})


def _finalizers(obj: Object) -> str:
    return ", ".join(obj["metadata"].get("finalizers") or ()) or "none"


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
