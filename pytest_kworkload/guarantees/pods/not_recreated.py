"""pod-bare-not-recreated: a pod without a controller is never created again."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.pods import controller, created_after, deletion
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Judging
from ..vacuous import not_deleted


def recreated(history: History, name: str, uid: str) -> Object | None:
    """A pod that was created after this one began to go: under its name, or by what controlled it at the end."""
    gone = deletion(history, uid)
    if gone is None:
        return None
    owner = controller(history.seen("Pod")[uid])
    for version in created_after(history, gone):
        if version.name == name or (owner is not None and controller(version.object) == owner):
            return version.object
    return None


def check_not_recreated(history: History, uid: str, settle: float) -> Finding:
    """The bare pod went away, and nothing came in its place for `settle` seconds."""
    pod, gone = history.seen("Pod")[uid], deletion(history, uid)
    owner = next((one for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")), None)
    judging = Judging.of(
        CATALOGUE["pod-bare-not-recreated"],
        pod,
        f"watched for {settle:g} s after it was gone",
        trigger=gone.received if gone else None,
        look=(str(owner["kind"]),) if owner else (),
    )
    if gone is None:
        return judging.vacuous(*not_deleted("the pod", "nothing could be created again"))
    how = _owned(pod, owner) if owner else ""
    new = recreated(history, str(pod["metadata"]["name"]), uid)
    if new is not None:
        created = next(version.received for version in history.of("Pod") if version.uid == new["metadata"]["uid"])
        return judging.found(
            (Breach(f"pod {new['metadata']['name']} was created", created),),
            cause=how or "something created it again",
            change="metadata.labels: labels that no controller's selector matches" if owner else "",
            check="" if owner else "what creates it",
        )
    if owner is not None:
        return judging.vacuous(f"{how}; so this shows nothing about a bare pod", do="take a pod that no controller owns")
    if uid in history.objects("Pod"):
        return judging.vacuous(
            "the pod is still terminating",
            change=f"spec.terminationGracePeriodSeconds: less (now {pod['spec'].get('terminationGracePeriodSeconds', 30)})",
            do="wait longer, with timeout=",
        )
    return judging.found(evidence={"uid": uid})


def _owned(pod: Object, owner: Object) -> str:
    who = f"{owner['kind']} {owner['name']}"
    if pod["metadata"].get("generateName"):
        return f"{who} created the pod: it is not a bare one"
    return f"{who} had adopted the pod: its selector matches the pod's labels"
