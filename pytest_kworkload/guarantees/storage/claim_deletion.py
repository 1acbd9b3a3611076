"""sts-pvc-delete-policy, vol-ephemeral-lifetime: claims that go with what used them, and no others."""

from __future__ import annotations

from typing import Any

from ...history.model import History, Object
from ...objects.claims import CLAIM, by_name, claim_names, ephemeral_names, pod_names, users
from ...objects.pods import controlled_by, owners
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from . import retention
from .retention import After

_POLICY = {"scale-down": "whenScaled", "delete": "whenDeleted"}


def doomed(history: History, kind: str, uid: str, after: After) -> list[Object]:
    """The claims of the pods that went for good: of every pod that was deleted or, after a scale-down, of those that did not come back.

    Those of ephemeral volumes go with their pod. The set's policy is about the claims of its templates, and about none that the pods
    share. If they have none of the kind that must go, it is all of them that do not, which a finding is to tell.
    """
    mine, now = controlled_by(owners(history, kind, uid)), history.objects("Pod")
    names = {str(pod["metadata"]["name"]) for pod in now.values()}
    gone = [
        pod
        for one, pod in history.before("Pod").items()
        if (mine(pod) or one == uid) and one not in now and not (after == "scale-down" and pod["metadata"]["name"] in names)
    ]
    templates = history.before(kind)[uid]["spec"].get("volumeClaimTemplates") or ()
    own = {f"{_name(one)}-{_name(pod)}" for pod in gone for one in templates}
    ephemeral = {name for pod in gone for name in ephemeral_names(pod)}
    bound = ephemeral if after == "pod-delete" else own and own | ephemeral
    return sorted(by_name(history, bound or (name for pod in gone for name in claim_names(pod).values())), key=_name)


def undecided(history: History, kind: str, uid: str, after: After) -> list[Object]:
    """The claims that are still there, and whose owner is gone: they are about to go."""
    now = history.objects(CLAIM)
    left = [now[one] for one in (str(claim["metadata"]["uid"]) for claim in doomed(history, kind, uid, after)) if one in now]
    return [claim for claim in left if claim["metadata"].get("deletionTimestamp") or claim["metadata"].get("ownerReferences")]


def check_deleted(history: History, kind: str, uid: str, after: After) -> Finding:
    """Each claim that goes with a pod that went for good is gone too, and each other claim of the workload is there."""
    workload, now = history.before(kind)[uid], history.objects(CLAIM)
    guarantee = CATALOGUE["vol-ephemeral-lifetime" if after == "pod-delete" else "sts-pvc-delete-policy"]
    expected = doomed(history, kind, uid, after)
    mine = controlled_by(owners(history, kind, uid))
    pods = {one: pod for one, pod in history.before("Pod").items() if mine(pod) or one == uid}
    used = {name for pod in pods.values() for name in claim_names(pod).values()}
    there = history.objects("Pod")
    # Of a replica that a scale-down took, and that came back, nothing is promised: its claims may have gone before it did.
    back = {_name(pod) for pod in there.values()} if after == "scale-down" else set()
    others = {name for one, pod in pods.items() if one in there or _name(pod) not in back for name in claim_names(pod).values()}
    kept = sorted((claim for claim in by_name(history, others) if claim not in expected), key=_name)

    def found(**parts: Any) -> Finding:
        terms = (f"{len(expected)} of {len(used)} claims must go", f"after {after}")
        return Finding(guarantee, f"{kind} {_name(workload)}", terms, trigger=history.started, **parts)

    if not used:
        return found(
            vacuous="no pod of it uses a claim, so none could go",
            change="spec.volumeClaimTemplates, or a volume of the kind ephemeral (one of the kind emptyDir has no claim)",
        )
    reason = retention.happened(history, kind, uid, after)
    if reason is not None:
        return found(
            vacuous=f"{reason}; so nothing was shown about what comes after {after}", change="do it in the block, or name another `after`"
        )
    left = [claim for claim in expected if claim["metadata"]["uid"] in now]
    lost = [claim for claim in kept if claim["metadata"]["uid"] not in now]
    breaches = [Breach(f"claim {_name(claim)} is still there", lines=(_why(history, now[claim["metadata"]["uid"]]),)) for claim in left]
    breaches += [Breach(f"claim {_name(claim)} had to stay, and was deleted") for claim in lost]
    if not expected and not lost:
        return found(
            vacuous="each pod that went came back under its name, so no claim had to go", change="let them stay away until the block ends"
        )
    change = _change(workload, after) if left else "find out who deleted it" if lost else ""
    return found(
        breaches=tuple(breaches), change=change, evidence={"deleted": tuple(map(_name, expected)), "kept": tuple(map(_name, kept))}
    )


def _why(history: History, claim: Object) -> str:
    using = pod_names(users(history.objects("Pod").values(), claim))
    if using:
        return f"used by {using}"
    owned = ", ".join(f"{one['kind']} {one['name']}" for one in claim["metadata"].get("ownerReferences") or ())
    if claim["metadata"].get("deletionTimestamp"):
        return f"being deleted, held by {', '.join(claim['metadata'].get('finalizers') or ()) or 'nothing'}"
    return f"owned by {owned}" if owned else "owned by nothing that would take it along"


def _change(workload: Object, after: After) -> str:
    if after == "pod-delete":
        return "a volume of the kind ephemeral: what comes from volumeClaimTemplates or a claim by name outlives its pod"
    field = _POLICY[after]
    now = (workload["spec"].get("persistentVolumeClaimRetentionPolicy") or {}).get(field, "Retain")
    return f"spec.persistentVolumeClaimRetentionPolicy.{field}: Delete (now {now})"


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])
