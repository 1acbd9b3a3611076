"""pvc-expand: a claim that asks for more storage gets it, if its class allows that."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.claims import CLAIM, VOLUME, volume_of
from ...objects.quantities import amount
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging


def has_size(history: History, uid: str, size: str) -> bool:
    """Whether the claim and its volume say that they have that size."""
    claim = history.objects(CLAIM).get(uid)
    return claim is not None and not _too_small(volume_of(history, claim), claim, size)


def check_claim_expands(history: History, uid: str, size: str, refusal: str | None) -> Finding:
    """The claim was asked in the window to be of this size (`refusal`: what the server said against it), and is, on the same volume."""
    before, now = history.before(CLAIM)[uid], history.seen(CLAIM)[uid]
    had, storage_class = _request(before), now["spec"].get("storageClassName") or "''"
    terms = (f"class {storage_class}", f"from {had} to {size}")
    judging = Judging.of(CATALOGUE["pvc-expand"], now, *terms, look=(VOLUME, "StorageClass"))
    if amount(size) <= amount(had):
        return judging.vacuous(f"it asked for {had} already, and a claim only grows", do=f"ask for more than {had}")
    if refusal is not None:
        allowed = _allows_expansion(history, now)
        change = f"allowVolumeExpansion of StorageClass {storage_class}: true" + (f" (now {allowed})" if allowed else "")
        return judging.found([Breach("the API server refused the new size", lines=(refusal,))], change=change)
    if uid not in history.objects(CLAIM):
        return judging.found([Breach("it was deleted")], check="find what deleted it")
    volume_name = before["spec"].get("volumeName")
    if now["spec"].get("volumeName") != volume_name:
        return judging.found([Breach("it got another volume")], check="find what else writes the claim's spec.volumeName")
    if reason := _too_small(volume_of(history, now), now, size):
        conditions = now.get("status", {}).get("conditions") or ()
        lines = tuple(f"{one['type']}: {one.get('message', '')}" for one in conditions if "Resiz" in one["type"])
        return judging.found([Breach(reason, lines=lines)], check="the class's provisioner: whether it can resize volumes, and its log")
    volume = next((one for one in history.before(VOLUME).values() if one["metadata"]["name"] == volume_name), None)
    if not _too_small(volume, before, size):
        capacity = _capacity(before["status"])
        return judging.vacuous(f"its capacity was {capacity} already, so nothing had to be resized", do=f"ask for more than {capacity}")
    return judging.found(evidence={"volume": str(volume_name), "capacity": _capacity(now.get("status", {}))})


def _too_small(volume: Object | None, claim: Object, size: str) -> str:
    """What is smaller than that; empty if nothing is."""
    if volume is None:
        return "it has no volume"
    if amount(_capacity(volume["spec"])) < amount(size):
        return f"its volume has {_capacity(volume['spec'])}"
    has = _capacity(claim.get("status", {}))
    return f"its capacity is {has}" if amount(has) < amount(size) else ""


def _allows_expansion(history: History, claim: Object) -> str:
    """What the claim's class says of expansion; empty if the class cannot be seen."""
    classes = {str(one["metadata"]["name"]): one for one in history.objects("StorageClass").values()}
    found = classes.get(str(claim["spec"].get("storageClassName")))
    return "" if found is None else str(found["allowVolumeExpansion"]).lower() if "allowVolumeExpansion" in found else "not set"


def _request(claim: Object) -> str:
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _capacity(holder: Object) -> str:
    return str((holder.get("capacity") or {}).get("storage", "0"))
