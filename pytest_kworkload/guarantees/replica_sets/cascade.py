"""owner-cascade: what becomes of dependents when their owner is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...history.model import History, Object
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

_FINALIZERS = {"foregroundDeletion": "Foreground", "orphan": "Orphan"}
Dependents = Mapping[str, tuple[str, Object]]  # kind and object by uid


def dependents(history: History, uid: str) -> dict[str, tuple[str, Object]]:
    """What depended on an owner when the window began, directly or through others."""
    every = {one: (kind, obj) for kind in history.known for one, obj in history.before(kind).items()}
    found: dict[str, tuple[str, Object]] = {}
    grown = {uid}
    while grown:
        grown = {one for one, (_, obj) in every.items() if one not in found and grown & _owners(obj)}
        found.update((one, every[one]) for one in grown)
    return found


def deleted_by(history: History, kind: str, uid: str) -> str | None:
    """How the owner was deleted in the window; None if it was not."""
    how = None
    for version in history.of(kind):
        if version.uid == uid and (version.type == "DELETED" or version.object["metadata"].get("deletionTimestamp")):
            named = {_FINALIZERS[one] for one in version.object["metadata"].get("finalizers") or () if one in _FINALIZERS}
            how = next(iter(named), how or "Background")
    return how


def remaining(history: History, every: Dependents) -> dict[str, tuple[str, Object]]:
    """Those of the dependents that are still there, as they are now."""
    return {one: (kind, history.objects(kind)[one]) for one, (kind, _) in every.items() if one in history.objects(kind)}


def check_cascade(history: History, kind: str, uid: str, propagation: str) -> Finding:
    """All dependents are gone (Foreground: before their owner), or for Orphan all are there without it."""
    obj, every = history.seen(kind)[uid], dependents(history, uid)
    how, left = deleted_by(history, kind, uid), remaining(history, every)

    def found(**parts: Any) -> Finding:
        return Finding(CATALOGUE["owner-cascade"], f"{kind} {obj['metadata']['name']}", (f"propagation {propagation}",), **parts)

    if how is None:
        return found(vacuous="the owner was not deleted", change=f"delete(propagation={propagation!r}) in the block")
    if not every:
        return found(vacuous="nothing depended on it, so nothing could go or stay with it", change="wait_ready() before the block")
    names = {one: _name(*every[one]) for one in every}
    breaches = []
    if how != propagation:
        breaches.append(Breach(f"it was deleted with propagation {how}"))
    if propagation == "Orphan":
        gone = sorted(names[one] for one in every if one not in left or left[one][1]["metadata"].get("deletionTimestamp"))
        if gone:
            breaches.append(Breach(f"dependents that went with it: {len(gone)}", lines=tuple(gone)))
        held = sorted(names[one] for one, (_, now) in left.items() if uid in _owners(now))
        if held and uid not in history.objects(kind):
            breaches.append(Breach(f"dependents that still name it as their owner: {len(held)}", lines=tuple(held)))
    elif left:
        lines = sorted(f"{names[one]}  {_state(now)}" for one, (_, now) in left.items())
        breaches.append(Breach(f"dependents that are still there: {len(left)}", lines=tuple(lines)))
    elif propagation == "Foreground" and (late := _after(history, kind, uid, every)):
        breaches.append(Breach(f"dependents that went after their owner: {len(late)}", lines=tuple(names[one] for one in late)))
    cause, change = "", ""
    if how != propagation:
        change = f"the deletion: delete(propagation={propagation!r}) (now {how!r})"
    elif breaches:
        cause, change = (
            "the garbage collector follows ownerReferences; something else holds, makes or deletes these objects",
            "their finalizers and owners",
        )
    return found(
        breaches=tuple(breaches),
        cause=cause,
        change=change,
        trigger=history.started,
        evidence={"dependents": tuple(sorted(names.values())), "kept": tuple(sorted(names[one] for one in left))},
    )


def _after(history: History, kind: str, uid: str, every: Dependents) -> list[str]:
    """The dependents that block their owner's deletion and were gone only after it. Revisions are those of one store."""
    ends = {version.uid: version.revision for name in history.known for version in history.of(name) if version.type == "DELETED"}
    blocking = [
        one
        for one, (_, obj) in every.items()
        if any(ref["uid"] == uid and ref.get("blockOwnerDeletion") for ref in obj["metadata"].get("ownerReferences") or ())
    ]
    return [one for one in blocking if uid in ends and one in ends and ends[one] > ends[uid]]


def _owners(obj: Object) -> set[str]:
    return {str(one["uid"]) for one in obj["metadata"].get("ownerReferences") or ()}


def _name(kind: str, obj: Object) -> str:
    return f"{kind} {obj['metadata']['name']}"


def _state(obj: Object) -> str:
    metadata = obj["metadata"]
    if not metadata.get("deletionTimestamp"):
        return "not being deleted"
    return f"held by its finalizers: {', '.join(metadata['finalizers'])}" if metadata.get("finalizers") else "terminating"
