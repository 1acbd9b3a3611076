"""sts-pvc-retain: by uid, without an owner that would take the claim later, bound to the same volume."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from ...history.model import History, Object
from ...objects.claims import CLAIM
from ...objects.pods import controlled_by, owners, terminating
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted
from .departure import After, not_departed, retention_policy

GUARANTEE = CATALOGUE["sts-pvc-retain"]


def claims_of(history: History, kind: str, uid: str) -> dict[str, Object]:
    """The claims that a workload's pods use now, by uid."""
    if kind == "Pod":
        pods = [history.objects("Pod")[uid]]
    else:
        mine = controlled_by(owners(history, kind, uid))
        pods = [pod for pod in history.objects("Pod").values() if mine(pod)]
    names = {
        one["persistentVolumeClaim"]["claimName"]
        for pod in pods
        for one in pod["spec"].get("volumes") or ()
        if "persistentVolumeClaim" in one
    }
    return {one: obj for one, obj in history.objects(CLAIM).items() if obj["metadata"]["name"] in names}


def nothing_written(kind: str, name: str, after: After, path: str | None) -> Finding:
    """Before the block no claim had a file at `path`."""
    return Judging(GUARANTEE, kind, name, (f"after {after}",), look=(CLAIM,)).vacuous(
        f"no pod has a file {path} with content on one of its claims, so no data could be lost",
        do="pass as `path` a file that was written before, on a claim (not on an emptyDir or in the container's own file system)",
    )


def check_pvc_retained(history: History, kind: str, uid: str, claims: Mapping[str, Object], after: After) -> Finding:
    """Hold every claim against: the same object, not on its way out, owned by nothing that goes, bound to its volume."""
    workload = history.before(kind)[uid]
    terms = (counted(len(claims), "claim"), f"after {after}")
    judging = Judging.of(GUARANTEE, workload, *terms, trigger=history.started, look=(CLAIM,))
    if not claims:
        change = "spec.volumeClaimTemplates: a claim for each replica (an emptyDir goes with its pod)"
        return judging.vacuous("none of its pods uses a claim, so there is nothing to keep", change=change)
    if reason := not_departed(history, kind, uid, after):
        return judging.vacuous(*reason)
    breaches, causes = [], []
    safe = {uid} if after != "delete" else set()  # an owner that stays does not take its claims along
    deleted = next((version.received for version in history.of(kind) if version.uid == uid and version.type == "DELETED"), None)
    for one, was in sorted(claims.items(), key=lambda item: _name(item[1])):
        breach, owner = _not_kept(history, one, was, safe | _staying_owners(history, was), deleted)
        breaches += [breach] if breach else []
        causes += [f"claim {_name(was)} was given the owner {owner}, and goes with it"] if breach and owner else []
    field, now = retention_policy(workload, after)
    to_blame = now == "Delete"
    return judging.found(
        breaches,
        cause="; ".join(causes),
        change=f"{field}: Retain (now Delete)" if to_blame else "",
        check="" if to_blame else "find what deletes the claim; the StatefulSet's own policy keeps it",
        evidence={"claims": {_name(obj): str(obj["spec"].get("volumeName", "")) for obj in claims.values()}},
    )


def _not_kept(history: History, uid: str, was: Object, safe: Collection[str], deleted: datetime | None) -> tuple[Breach | None, str]:
    """Whether a claim is lost or will be, and the owner that it goes with. How far that has got by now does not matter.

    `deleted` is when the workload was deleted, which is the moment for a claim that it owned before.
    """
    name, volume = _name(was), was["spec"].get("volumeName") or "no volume"
    lines = (f"{name}  was bound to {volume}",)
    last = history.seen(CLAIM)[uid]
    versions = [version for version in history.of(CLAIM) if version.uid == uid]
    owned = [(version.received, owner) for version in versions for owner in _threats(version.object, safe)]
    going = [version.received for version in versions if version.type == "DELETED" or version.object["metadata"].get("deletionTimestamp")]
    if going or last["metadata"].get("deletionTimestamp") or _threats(last, safe):
        owner = owned[-1][1] if owned else ", ".join(_threats(was, safe))
        first = min([at for at, by in owned if by == owner] + going, default=deleted)
        return Breach(f"claim {name} is not kept", first, lines=lines), owner
    now, phase = last["spec"].get("volumeName") or "no volume", last.get("status", {}).get("phase")
    if now != volume or phase != "Bound":
        return Breach(f"claim {name} is {phase} and has {now}", versions[-1].received if versions else None, lines=lines), ""
    return None, ""


def _threats(claim: Object, safe: Collection[str]) -> list[str]:
    """The owners that take a claim along when they go."""
    return [f"{owner['kind']} {owner['name']}" for owner in _owner_references(claim) if owner["uid"] not in safe]


def _staying_owners(history: History, was: Object) -> set[str]:
    """The owners that a claim had already, an operator's object say, as long as nothing shows that they go."""
    going = {one for kind in history.initial for one, obj in history.before(kind).items() if terminating(obj)}
    going |= {version.uid for version in history.versions if version.type == "DELETED" or terminating(version.object)}
    return {str(owner["uid"]) for owner in _owner_references(was)} - going


def _owner_references(claim: Object) -> Sequence[Mapping[str, str]]:
    return claim["metadata"].get("ownerReferences") or ()


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
