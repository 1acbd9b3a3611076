"""Pods that come back (self-heal), and pods that do not (pod-bare-not-recreated)."""

from __future__ import annotations

from ..history.events import newest
from ..history.model import History, Object
from .catalogue import CATALOGUE
from .finding import Breach, Finding
from .pods import chart, controlled_by, controller, moments, owners, target_node


def replacement(history: History, kind: str, uid: str, victim: Object) -> Object | None:
    """The pod that took the victim's place: new, of the same workload; for StatefulSet and DaemonSet at the same place."""
    mine = controlled_by(owners(history, kind, uid))
    known = history.before("Pod")
    for version in history.of("Pod"):
        pod = version.object
        if version.uid in known or not mine(pod):
            continue
        if kind == "StatefulSet" and version.name != victim["metadata"]["name"]:
            continue
        if kind == "DaemonSet" and target_node(pod) != target_node(victim):
            continue
        return history.seen("Pod")[version.uid]
    return None


def check_self_heal(history: History, kind: str, uid: str, victim_uid: str) -> Finding:
    """The victim was replaced, and never more than one pod was missing."""
    workload, victim = history.seen(kind)[uid], history.before("Pod")[victim_uid]
    subject = f"{kind} {workload['metadata']['name']}"
    every = list(moments(history, controlled_by(owners(history, kind, uid)), int(workload["spec"].get("minReadySeconds", 0))))
    full = every[0].available
    bound = full - 1
    lowest = min(moment.available for moment in every)
    new = replacement(history, kind, uid, victim)
    deleted = next(
        (v.received for v in history.of("Pod") if v.uid == victim_uid and v.object["metadata"].get("deletionTimestamp")), history.started
    )
    terms = (f"{full} available before", "deleted: 1 pod", f"at least {bound} must stay available")
    breaches = []
    if new is None:
        breaches.append(Breach("no new pod was created", deleted))
    elif lowest < bound:
        first = next(moment for moment in every if moment.available < bound)
        breaches.append(Breach(f"{lowest} available", first.at))
    elif every[-1].available < full:
        breaches.append(Breach(f"{every[-1].available} of {full} available at the end", every[-1].at))
    warnings = [text for text in newest(history) if text.startswith("Warning")]
    at = breaches[0].at if breaches else None
    return Finding(
        CATALOGUE["self-heal"],
        subject,
        terms,
        tuple(breaches),
        cause=(warnings[-1] if warnings else "no warning of the controller was seen") if breaches else "",
        change="what the warning names (a quota, an admission webhook, a node without room)" if breaches else "",
        trigger=deleted,
        chart=chart(history, every, bound, at, {}),
        evidence={
            "lowest_available": lowest,
            "victim": victim["metadata"]["uid"],
            "replacement": new["metadata"]["uid"] if new else "",
            "seconds": (every[-1].at - deleted).total_seconds(),
        },
    )


def recreated(history: History, name: str, uid: str) -> Object | None:
    """A pod that came after this one: of its name, or created by what controlled it in the end."""
    owner = controller(history.seen("Pod").get(uid, {"metadata": {}}))
    for version in history.of("Pod"):
        if version.type == "ADDED" and version.uid != uid and version.uid not in history.before("Pod"):
            if version.name == name or (owner is not None and controller(version.object) == owner):
                return version.object
    return None


def check_not_recreated(history: History, uid: str, settle: float) -> Finding:
    """The pod went away and nothing came in its place, for so many seconds."""
    pod = history.seen("Pod")[uid]
    name = str(pod["metadata"]["name"])
    gone = next((version.received for version in history.of("Pod") if version.uid == uid and version.type == "DELETED"), None)
    terms = (f"watched for {settle:g} s after it was gone",)
    guarantee, subject = CATALOGUE["pod-bare-not-recreated"], f"Pod {name}"
    new = recreated(history, name, uid)
    if new is None and gone is None:
        return Finding(
            guarantee,
            subject,
            terms,
            vacuous="the pod was not deleted in the block, so nothing could be created again",
            change="delete() it in the block",
        )
    if new is None:
        return Finding(guarantee, subject, terms, evidence={"uid": uid})
    owner = next((one for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")), None)
    when = next(version.received for version in history.of("Pod") if version.uid == new["metadata"]["uid"])
    return Finding(
        guarantee,
        subject,
        terms,
        (Breach(f"pod {new['metadata']['name']} was created", when),),
        cause=f"{owner['kind']} {owner['name']} had adopted the pod: its selector matches the pod's labels"
        if owner
        else "something created it again",
        change="metadata.labels: labels that no controller's selector matches" if owner else "find out what creates it",
        trigger=history.started,
        evidence={"uid": uid},
    )
