"""pvc-expand: a claim that asks for more gets more, if its class allows that."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, VOLUME, volume_of
from ...objects.quantities import amount
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def expanded(history: History, uid: str, size: str) -> bool:
    """Whether the claim and its volume say that they have that size."""
    claim = history.objects(CLAIM).get(uid)
    return claim is not None and not _short(volume_of(history, claim), claim, size)


def check_expanded(history: History, uid: str, size: str, refusal: str | None) -> Finding:
    """The claim was asked in the window to be of this size (`refusal`: what the server said against it), and is, on the same volume."""
    before, now = history.before(CLAIM)[uid], history.seen(CLAIM)[uid]
    had = _asked(before)

    def found(**parts: Any) -> Finding:
        name = now["spec"].get("storageClassName") or "''"
        return Finding(CATALOGUE["pvc-expand"], f"{CLAIM} {now['metadata']['name']}", (f"class {name}", f"{had} to be {size}"), **parts)

    if amount(size) <= amount(had):
        return found(vacuous=f"it asked for {had} before, and a claim only grows", change=f"size: more than {had}")
    if refusal is not None:
        allowed = _allowed(history, now)
        change = "the StorageClass: one with allowVolumeExpansion: true" + (f" (now {allowed})" if allowed else "")
        return found(breaches=(Breach("the API server refused it", lines=(refusal,)),), change=change)
    if uid not in history.objects(CLAIM):
        return found(breaches=(Breach("it was deleted"),), change="leave it there")
    if now["spec"].get("volumeName") != before["spec"].get("volumeName"):
        return found(breaches=(Breach("it got another volume"),), change="who else writes the claim")
    short = _short(volume_of(history, now), now, size)
    if short:
        told = now.get("status", {}).get("conditions") or ()
        lines = tuple(f"{one['type']}: {one.get('message', '')}" for one in told if "Resiz" in one["type"])
        return found(breaches=(Breach(short, lines=lines),), change="the class's provisioner: whether it can resize, and its log")
    volume = next((one for one in history.before(VOLUME).values() if one["metadata"]["name"] == before["spec"].get("volumeName")), None)
    if not _short(volume, before, size):
        return found(
            vacuous=f"its capacity was {_capacity(before['status'])} before, so nothing had to be resized",
            change=f"size: more than {_capacity(before['status'])}",
        )
    return found(evidence={"volume": str(now["spec"].get("volumeName")), "capacity": _capacity(now.get("status", {}))})


def _short(volume: Object | None, claim: Object, size: str) -> str:
    if volume is None:
        return "it has no volume"
    if amount(_capacity(volume["spec"])) < amount(size):
        return f"its volume has {_capacity(volume['spec'])}"
    has = _capacity(claim.get("status", {}))
    return f"its capacity is {has}" if amount(has) < amount(size) else ""


def _allowed(history: History, claim: Object) -> str:
    """What the claim's class says of expansion; empty if the class cannot be seen."""
    classes = {str(one["metadata"]["name"]): one for one in history.objects("StorageClass").values()}
    found = classes.get(str(claim["spec"].get("storageClassName")))
    return "" if found is None else str(found["allowVolumeExpansion"]).lower() if "allowVolumeExpansion" in found else "not set"


def _asked(claim: Object) -> str:
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _capacity(holder: Object) -> str:
    return str((holder.get("capacity") or {}).get("storage", "0"))
