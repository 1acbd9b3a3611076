"""sts-pvc-delete-policy, vol-ephemeral-lifetime: claims that go with what used them, and no others."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.claims import CLAIM, by_name, claim_names, ephemeral_names, pod_names, users
from ...objects.pods import controlled_by, owners
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging, counted
from .departure import After, not_departed, retention_policy


def claims_to_go(history: History, kind: str, uid: str, after: After) -> list[Object]:
    """The claims of the pods that went for good: of every pod that was deleted or, after a scale-down, of those that did not come back.

    Those of ephemeral volumes go with their pod. The set's policy is about the claims of its templates, and about none that the pods
    share. If they have none of the kind that must go, it is all of them that do not, which a finding is to tell.
    """
    mine, now = controlled_by(owners(history, kind, uid)), history.objects("Pod")
    names = {_name(pod) for pod in now.values()}
    gone = [
        pod
        for one, pod in history.before("Pod").items()
        if (mine(pod) or one == uid) and one not in now and not (after == "scale-down" and _name(pod) in names)
    ]
    templates = history.before(kind)[uid]["spec"].get("volumeClaimTemplates") or ()
    own = {f"{_name(one)}-{_name(pod)}" for pod in gone for one in templates}
    ephemeral = {name for pod in gone for name in ephemeral_names(pod)}
    bound = ephemeral if after == "pod-delete" else own and own | ephemeral
    return sorted(by_name(history, bound or (name for pod in gone for name in claim_names(pod).values())), key=_name)


def claims_on_their_way(history: History, kind: str, uid: str, after: After) -> list[Object]:
    """The claims that must go and are still there, though being deleted or with an owner: they are about to go."""
    now = history.objects(CLAIM)
    left = [now[one] for one in map(_uid, claims_to_go(history, kind, uid, after)) if one in now]
    return [claim for claim in left if claim["metadata"].get("deletionTimestamp") or claim["metadata"].get("ownerReferences")]


def check_pvc_deleted(history: History, kind: str, uid: str, after: After) -> Finding:
    """Each claim that goes with a pod that went for good is gone too, and each other claim of the workload is there."""
    workload, now, there = history.before(kind)[uid], history.objects(CLAIM), history.objects("Pod")
    expected = claims_to_go(history, kind, uid, after)
    mine = controlled_by(owners(history, kind, uid))
    pods = {one: pod for one, pod in history.before("Pod").items() if mine(pod) or one == uid}
    used = {name for pod in pods.values() for name in claim_names(pod).values()}
    guarantee = CATALOGUE["vol-ephemeral-lifetime" if after == "pod-delete" else "sts-pvc-delete-policy"]
    terms = (f"{len(expected)} of {counted(len(used), 'claim')} must go", f"after {after}")
    judging = Judging.of(guarantee, workload, *terms, trigger=history.started, look=(CLAIM,))
    if not used:
        change = f"{_ephemeral_field(workload)} or spec.volumeClaimTemplates: a claim for each pod (an emptyDir has none)"
        return judging.vacuous("none of its pods uses a claim, so none could go", change=change)
    if reason := not_departed(history, kind, uid, after):
        return judging.vacuous(*reason)
    # Of a replica that a scale-down took, and that came back, nothing is promised: its claims may have gone before it did.
    back = {_name(pod) for pod in there.values()} if after == "scale-down" else set()
    others = {name for one, pod in pods.items() if one in there or _name(pod) not in back for name in claim_names(pod).values()}
    kept = sorted((claim for claim in by_name(history, others) if claim not in expected), key=_name)
    left = [claim for claim in expected if _uid(claim) in now]
    taken = [claim for claim in kept if _uid(claim) not in now]
    if not expected and not taken:
        why = "each pod that went came back under its name, so no claim had to go"
        return judging.vacuous(why, do="let them stay away until the block ends")
    breaches = [Breach(f"claim {_name(claim)} is still there", lines=(_what_keeps(history, now[_uid(claim)]),)) for claim in left]
    breaches += [Breach(f"claim {_name(claim)} was deleted, although it had to stay") for claim in taken]
    change = _change(workload, after) if left else ""
    return judging.found(
        breaches,
        change=change,
        check="find what deleted it" if taken else "" if change else "why it stays, although its policy is Delete",
        evidence={"deleted": tuple(map(_name, expected)), "kept": tuple(map(_name, kept))},
    )


def _what_keeps(history: History, claim: Object) -> str:
    using = pod_names(users(history.objects("Pod").values(), claim))
    if using:
        return f"used by {using}"
    if claim["metadata"].get("deletionTimestamp"):
        return f"being deleted, held by {', '.join(claim['metadata'].get('finalizers') or ()) or 'nothing'}"
    owned = ", ".join(f"{one['kind']} {one['name']}" for one in claim["metadata"].get("ownerReferences") or ())
    return f"owned by {owned or 'nothing that would take it along'}"


def _change(workload: Object, after: After) -> str:
    """The field that lets the claims go; empty if it does already."""
    if after == "pod-delete":
        return f"{_ephemeral_field(workload)}: in place of a claim by name or from volumeClaimTemplates, which outlives its pod"
    field, now = retention_policy(workload, after)
    return "" if now == "Delete" else f"{field}: Delete (now {now})"


def _ephemeral_field(workload: Object) -> str:
    return f"spec.{'' if workload['kind'] == 'Pod' else 'template.spec.'}volumes[].ephemeral"


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def _uid(obj: Object) -> str:
    return str(obj["metadata"]["uid"])
