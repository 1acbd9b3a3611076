"""owner-cascade: what becomes of dependents when their owner is deleted."""

from __future__ import annotations

from collections.abc import Mapping

from ...history.model import History, Object
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging
from ..vacuous import READY_BEFORE

_FINALIZERS = {"foregroundDeletion": "Foreground", "orphan": "Orphan"}
Dependents = Mapping[str, tuple[str, Object]]  # kind and object by uid


def dependents(history: History, uid: str) -> dict[str, tuple[str, Object]]:
    """What depended on an owner when the window began, directly or through others."""
    every = {one: (kind, obj) for kind in history.known for one, obj in history.before(kind).items()}
    known: dict[str, tuple[str, Object]] = {}
    grown = {uid}
    while grown:
        grown = {one for one, (_, obj) in every.items() if one not in known and grown & _owner_uids(obj)}
        known.update((one, every[one]) for one in grown)
    return known


def propagation_of_deletion(history: History, kind: str, uid: str) -> str | None:
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
    look = tuple(sorted({one for one, _ in every.values()}))
    judging = Judging.of(CATALOGUE["owner-cascade"], obj, f"propagation {propagation}", look=look)
    how, left = propagation_of_deletion(history, kind, uid), remaining(history, every)
    if how is None:
        return judging.vacuous("the owner was not deleted", do=f"delete(propagation={propagation!r}) in the block")
    if not every:
        return judging.vacuous("nothing depended on it, so nothing could go or stay with it", do=READY_BEFORE)
    names = {one: _name(*every[one]) for one in every}
    breaches = []
    if how != propagation:
        breaches.append(Breach(f"it was deleted with propagation {how}"))
    if propagation == "Orphan":
        deleted = sorted(names[one] for one in every if one not in left or left[one][1]["metadata"].get("deletionTimestamp"))
        if deleted:
            breaches.append(Breach(f"dependents deleted with it: {len(deleted)}", lines=tuple(deleted)))
        bound = sorted(names[one] for one, (_, now) in left.items() if uid in _owner_uids(now))
        if bound and uid not in history.objects(kind):
            breaches.append(Breach(f"dependents that still name it as their owner: {len(bound)}", lines=tuple(bound)))
    elif left:
        lines = sorted(f"{names[one]}  {_deletion_state(now)}" for one, (_, now) in left.items())
        breaches.append(Breach(f"dependents still there: {len(left)}", lines=tuple(lines)))
    elif propagation == "Foreground" and (late := _gone_after_owner(history, kind, uid, every)):
        breaches.append(Breach(f"dependents gone only after their owner: {len(late)}", lines=tuple(names[one] for one in late)))
    return judging.found(
        breaches,
        *_advice(how, propagation),
        evidence={"dependents": tuple(sorted(names.values())), "kept": tuple(sorted(names[one] for one in left))},
    )


def _advice(how: str, propagation: str) -> Advice:
    if how != propagation:
        return Advice(check=f"the deletion: propagation={propagation!r} (now {how!r})")
    return Advice(
        "the garbage collector follows ownerReferences: something else holds, creates or deletes these objects",
        check="their finalizers and ownerReferences",
    )


def _gone_after_owner(history: History, kind: str, uid: str, every: Dependents) -> list[str]:
    """The dependents that block their owner's deletion and were gone only after it. Revisions are those of one store."""
    ends = {version.uid: version.revision for name in history.known for version in history.of(name) if version.type == "DELETED"}
    blocking = [
        one
        for one, (_, obj) in every.items()
        if any(ref["uid"] == uid and ref.get("blockOwnerDeletion") for ref in obj["metadata"].get("ownerReferences") or ())
    ]
    return [one for one in blocking if uid in ends and one in ends and ends[one] > ends[uid]]


def _owner_uids(obj: Object) -> set[str]:
    return {str(one["uid"]) for one in obj["metadata"].get("ownerReferences") or ()}


def _name(kind: str, obj: Object) -> str:
    return f"{kind} {obj['metadata']['name']}"


def _deletion_state(obj: Object) -> str:
    metadata = obj["metadata"]
    if not metadata.get("deletionTimestamp"):
        return "not being deleted"
    return f"held by its finalizers: {', '.join(metadata['finalizers'])}" if metadata.get("finalizers") else "terminating"
