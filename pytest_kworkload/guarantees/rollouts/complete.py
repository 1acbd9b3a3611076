"""rollout-complete: every pod has the template that its workload has now, and is available."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.pods import controlled_by, finished, ordinal, owners, revision, terminating
from ...objects.readiness import pod_trouble, unready
from ...objects.settling import incomplete, kept_by_partition, never_replaced
from ...objects.templates import first_difference
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding


def check_complete(history: History, kind: str, uid: str) -> Finding:
    """Every pod of the workload has the current template and is available, at the window's end."""
    obj = history.objects(kind)[uid]
    mine = controlled_by(owners(history, kind, uid))
    # A pod that failed stays as an object of its old ReplicaSet; a terminating one is told as such.
    pods = [pod for pod in history.objects("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]
    pods.sort(key=lambda pod: str(pod["metadata"]["name"]))
    reasons = {str(pod["metadata"]["name"]): _outdated(history, obj, pod) for pod in pods}
    old = {name: reason for name, reason in reasons.items() if reason is not None}
    unmet = incomplete(history, kind, uid)
    breaches = []
    if old:
        lines = tuple(f"{name}  {reason}" for name, reason in old.items())
        breaches.append(Breach(f"{len(old)} of {len(pods)} pods have an older template", lines=lines))
    elif unmet is not None:
        lines = tuple(f"{pod['metadata']['name']}  {pod_trouble(pod)}" for pod in pods if unready(pod))
        breaches.append(Breach(f"not complete: {unmet}", lines=lines))
    elif count := _outdated_by_status(obj):
        breaches.append(Breach(f"nodes that have a pod of an older template, by the DaemonSet's status: {count}"))
    cause, change = _why(obj, old=bool(old) or unmet is None) if breaches else ("", "")
    empty = not pods and not breaches
    return Finding(
        CATALOGUE["rollout-complete"],
        f"{kind} {obj['metadata']['name']}",
        (f"replicas {obj['spec']['replicas']}",) if "replicas" in obj["spec"] else (),
        tuple(breaches),
        vacuous="it has no pod and wants none, so no pod has the template" if empty else "",
        cause=cause,
        change="spec.replicas, or for a DaemonSet the nodes that its template admits" if empty else change,
        evidence={"pods": tuple(reasons), "revision": revision(pods[0]) if pods else ""},
    )


def _outdated(history: History, obj: Object, pod: Object) -> str | None:
    """What shows that a pod was made from an older template and should not have been left so."""
    kind, template = str(obj["kind"]), obj["spec"]["template"]
    if kind == "StatefulSet" and kept_by_partition(obj, ordinal(pod)):
        return None
    found = first_difference(pod, template)
    if found is None and kind == "StatefulSet" and revision(pod) != obj.get("status", {}).get("updateRevision", revision(pod)):
        found = f"revision {revision(pod)}, the set is at {obj['status']['updateRevision']}"
    if found is None and kind == "ReplicaSet" and _template_then(history, obj, pod) != template:
        found = "was created before the template changed"
    return found


def _template_then(history: History, obj: Object, pod: Object) -> object:
    """A ReplicaSet's template when a pod was created. Nothing but its template makes a pod, and a field that was taken out of it
    does not show in the pods; so this looks at the order of the two streams. Both are revisions of one store."""
    uid, pod_uid = obj["metadata"]["uid"], pod["metadata"]["uid"]
    created = next((one.revision for one in history.of("Pod") if one.uid == pod_uid), 0)
    known = [one.object for one in history.of("ReplicaSet") if one.uid == uid and one.revision < created]
    start = history.before("ReplicaSet").get(uid)
    every = ([start] if start is not None else []) + known
    return every[-1]["spec"]["template"] if every else obj["spec"]["template"]


def _outdated_by_status(obj: Object) -> int:
    """How many nodes a DaemonSet with OnDelete still has an older pod on."""
    status = obj.get("status", {})
    return int(status.get("desiredNumberScheduled", 0)) - int(status.get("updatedNumberScheduled", 0)) if obj["kind"] == "DaemonSet" else 0


def _why(obj: Object, old: bool) -> tuple[str, str]:
    if old and obj["kind"] == "ReplicaSet":
        return (
            "a ReplicaSet never replaces a pod because its template changed; only later pods get the new one",
            "kind: Deployment, which makes a ReplicaSet per template and moves the pods over",
        )
    if old and never_replaced(obj):
        return (
            "with updateStrategy OnDelete a pod gets the new template only after somebody deleted it",
            "spec.updateStrategy.type: RollingUpdate (now OnDelete)",
        )
    return "", "what keeps the pods from being available: see their events and logs"
