"""pvc-bound: a claim and its volume belong to each other, and the volume is what was asked for."""

from __future__ import annotations

from ...history.events import newest
from ...history.model import History, Object
from ...objects.claims import CLAIM, VOLUME, users, volume_of
from ...objects.quantities import amount
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging


def is_bound(history: History, uid: str) -> bool:
    """Whether a claim and its volume both say that they are bound."""
    claim = history.objects(CLAIM).get(uid)
    volume = volume_of(history, claim) if claim is not None else None
    return claim is not None and volume is not None and {_phase(claim), _phase(volume)} == {"Bound"}


def check_claim_bound(history: History, uid: str, storage_class: str | None) -> Finding:
    """Hold the claim against its volume, both ways; and against the class that the user expects."""
    claim = history.seen(CLAIM)[uid]
    spec = claim["spec"]
    asks = f"asks for {_request(claim)} {', '.join(spec.get('accessModes') or ())}"
    judging = Judging.of(CATALOGUE["pvc-bound"], claim, _class(claim), asks, look=(VOLUME,))
    if storage_class is not None and spec.get("storageClassName") != storage_class:
        change = f"spec.storageClassName: {storage_class} (now {spec.get('storageClassName') or 'none'})"
        return judging.found([Breach(f"it has {_class(claim)}, not {storage_class!r}")], change=change)
    if uid not in history.objects(CLAIM):
        return judging.found([Breach("it was deleted")], check="find what deleted it")
    if _phase(claim) != "Bound":
        return judging.found([Breach(f"it is {_phase(claim)}")], *_why_pending(history, claim))
    volume = volume_of(history, claim)
    if volume is None:
        breach = Breach(f"its volume {spec['volumeName']} does not exist")
        return judging.found([breach], check="find what deleted the volume, and what removed its finalizer")
    name = str(volume["metadata"]["name"])
    return judging.found(
        [Breach(text, lines=(f"{name}  {_phase(volume)}",)) for text in _mismatches(claim, volume)],
        check=f"which of the two is wrong: PersistentVolume {name}, or what the claim asks for",
        evidence={"volume": name, "storage_class": spec.get("storageClassName") or "", "capacity": _capacity(volume)},
    )


def _mismatches(claim: Object, volume: Object) -> list[str]:
    wanted, given = claim["spec"], volume["spec"]
    texts, holder = [], given.get("claimRef") or {}
    if holder.get("uid") != claim["metadata"]["uid"]:
        texts.append(f"its volume belongs to another claim ({holder.get('namespace')}/{holder.get('name')}, uid {holder.get('uid')})")
    if amount(_capacity(volume)) < amount(_request(claim)):
        texts.append(f"its volume has {_capacity(volume)}, less than the {_request(claim)} that it asks for")
    if lacking := sorted(set(wanted.get("accessModes") or ()) - set(given.get("accessModes") or ())):
        texts.append(f"its volume lacks {', '.join(lacking)}")
    for field, default in (("volumeMode", "Filesystem"), ("storageClassName", "")):
        has, asked = given.get(field) or default, wanted.get(field) or default
        if has != asked:
            texts.append(f"its volume has {field} {has or repr('')}, not {asked or repr('')}")
    return texts


def _why_pending(history: History, claim: Object) -> Advice:
    """The classes are a hint, as far as the user may read them."""
    name = claim["spec"].get("storageClassName")
    if name is None:
        return Advice(
            "it names no class, and there is no default class",
            "spec.storageClassName: the name of a class (now none); or make one the default",
        )
    if name == "":
        return Advice(
            "class '' takes only volumes that somebody made, and none of those that fit is free",
            "spec.storageClassName: a class that makes volumes (now ''); or make a PersistentVolume that fits",
        )
    classes = {str(one["metadata"]["name"]): one for one in history.objects("StorageClass").values()}
    if "StorageClass" in history.known and name not in classes:
        there = f"there: {', '.join(sorted(classes))}" if classes else "there is none at all"
        return Advice(
            f"there is no StorageClass {name} ({there})", f"spec.storageClassName: {' or '.join(sorted(classes)) or 'a class'} (now {name})"
        )
    waits = classes.get(name, {}).get("volumeBindingMode") == "WaitForFirstConsumer"
    if waits and not users(history.objects("Pod").values(), claim):
        return Advice(
            f"class {name} waits for the first pod that uses the claim, and there is none", check="apply a pod that uses the claim first"
        )
    warnings = [text for text in newest(history, str(claim["metadata"]["uid"])) if text.startswith("Warning")]
    if warnings:
        return Advice(warnings[-1], check="what the warning names")
    return Advice("no warning about it was seen", check="the class's provisioner, or the pod that it waits for: their logs and events")


def _class(claim: Object) -> str:
    name = claim["spec"].get("storageClassName")
    return "no class" if name is None else f"class {name or repr('')}"


def _request(claim: Object) -> str:
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _capacity(volume: Object) -> str:
    return str((volume["spec"].get("capacity") or {}).get("storage", "0"))


def _phase(obj: Object) -> str:
    return str(obj.get("status", {}).get("phase") or "Pending")
