"""pvc-bound: a claim and its volume belong to each other, and the volume is what was asked for."""

from __future__ import annotations

from typing import Any

from ...history.events import newest
from ...history.model import History, Object
from ...objects.claims import CLAIM, users, volume_of
from ...objects.quantities import amount
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def bound(history: History, uid: str) -> bool:
    """Whether a claim and its volume both say that they are bound."""
    claim = history.objects(CLAIM).get(uid)
    volume = volume_of(history, claim) if claim is not None else None
    return claim is not None and volume is not None and {_phase(claim), _phase(volume)} == {"Bound"}


def check_bound(history: History, uid: str, storage_class: str | None) -> Finding:
    """Hold the claim against its volume, both ways; and against the class that the user expects."""
    claim = history.seen(CLAIM)[uid]
    spec = claim["spec"]
    terms = (_class(claim), f"asks for {_asked(claim)} {', '.join(spec.get('accessModes') or ())}")

    def found(*breaches: Breach, **parts: Any) -> Finding:
        return Finding(CATALOGUE["pvc-bound"], f"{CLAIM} {claim['metadata']['name']}", terms, breaches, **parts)

    if storage_class is not None and spec.get("storageClassName") != storage_class:
        now = spec.get("storageClassName")
        return found(
            Breach(f"it has {_class(claim)}, and not {storage_class!r}"),
            change=f"spec.storageClassName: {storage_class}" + (f" (now {now})" if now else ""),
        )
    if uid not in history.objects(CLAIM):
        return found(Breach("it was deleted"), change="leave it there")
    if _phase(claim) != "Bound":
        cause, change = _why(history, claim)
        return found(Breach(f"it is {_phase(claim)}"), cause=cause, change=change)
    volume = volume_of(history, claim)
    if volume is None:
        return found(Breach(f"its volume {spec['volumeName']} is not there"), change="find out who deleted it, and its finalizer")
    breaches = tuple(Breach(text, lines=(f"{volume['metadata']['name']}  {_phase(volume)}",)) for text in _mismatches(claim, volume))
    change = f"the PersistentVolume {volume['metadata']['name']}, or what the claim asks for" if breaches else ""
    evidence = {"volume": volume["metadata"]["name"], "storage_class": spec.get("storageClassName") or "", "capacity": _capacity(volume)}
    return found(*breaches, change=change, evidence=evidence)


def _mismatches(claim: Object, volume: Object) -> list[str]:
    spec, of = claim["spec"], volume["spec"]
    found, holder = [], of.get("claimRef") or {}
    if holder.get("uid") != claim["metadata"]["uid"]:
        found.append(f"its volume belongs to another claim ({holder.get('namespace')}/{holder.get('name')}, uid {holder.get('uid')})")
    if amount(_capacity(volume)) < amount(_asked(claim)):
        found.append(f"its volume has {_capacity(volume)}, less than the {_asked(claim)} that it asks for")
    missing = sorted(set(spec.get("accessModes") or ()) - set(of.get("accessModes") or ()))
    if missing:
        found.append(f"its volume lacks {', '.join(missing)}")
    if (spec.get("volumeMode") or "Filesystem") != (of.get("volumeMode") or "Filesystem"):
        found.append(f"its volume has volumeMode {of.get('volumeMode') or 'Filesystem'}, not {spec.get('volumeMode') or 'Filesystem'}")
    if (spec.get("storageClassName") or "") != (of.get("storageClassName") or ""):
        found.append(f"its volume has class {of.get('storageClassName') or ''!r}, not {spec.get('storageClassName') or ''!r}")
    return found


def _why(history: History, claim: Object) -> tuple[str, str]:
    """Why a claim is not bound, and what to change; the classes are a hint, as far as the user may read them."""
    name = claim["spec"].get("storageClassName")
    if name is None:
        return "it names no class, and there is no default class", "spec.storageClassName: a class, or make one the default"
    if name == "":
        return (
            "class '' is for volumes that somebody makes, and none that fits is free",
            "a PersistentVolume, or spec.storageClassName",
        )
    classes = {str(one["metadata"]["name"]): one for one in history.objects("StorageClass").values()}
    if "StorageClass" in history.known and name not in classes:
        there = f"there: {', '.join(sorted(classes))}" if classes else "there is none at all"
        return f"there is no StorageClass {name} ({there})", f"spec.storageClassName (now {name})"
    waits = classes.get(name, {}).get("volumeBindingMode") == "WaitForFirstConsumer"
    if waits and not users(history.objects("Pod").values(), claim):
        return f"class {name} waits for the first pod that uses the claim, and there is none", "a pod that uses the claim"
    warnings = [text for text in newest(history, str(claim["metadata"]["uid"])) if text.startswith("Warning")]
    if warnings:
        return warnings[-1], "what the warning names"
    return "no warning about it was seen", "the class's provisioner, or the pod that it waits for: see their events"


def _class(claim: Object) -> str:
    name = claim["spec"].get("storageClassName")
    return "no class" if name is None else f"class {name!r}" if name == "" else f"class {name}"


def _asked(claim: Object) -> str:
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _capacity(volume: Object) -> str:
    return str((volume["spec"].get("capacity") or {}).get("storage", "0"))


def _phase(obj: Object) -> str:
    return str(obj.get("status", {}).get("phase") or "Pending")
