"""rollout-complete: every pod has the template that its workload has now, and is available."""

from __future__ import annotations

from ...history.model import History, Object
from ...objects.pods import controlled_by, finished, ordinal, owners, revision, terminating
from ...objects.readiness import pod_trouble, unready
from ...objects.settling import incomplete, kept_by_partition, never_replaced
from ...objects.templates import first_difference
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging


def check_complete(history: History, kind: str, uid: str) -> Finding:
    """Every pod of the workload has the current template and is available, at the window's end."""
    obj = history.objects(kind)[uid]
    terms = (f"replicas {obj['spec']['replicas']}",) if "replicas" in obj["spec"] else ()
    judging = Judging.of(CATALOGUE["rollout-complete"], obj, *terms)
    mine = controlled_by(owners(history, kind, uid))
    # A pod that failed stays as an object of its old ReplicaSet; a terminating one is reported as such.
    pods = [pod for pod in history.objects("Pod").values() if mine(pod) and not finished(pod) and not terminating(pod)]
    pods.sort(key=lambda pod: str(pod["metadata"]["name"]))
    reasons = {str(pod["metadata"]["name"]): _outdated_reason(history, obj, pod) for pod in pods}
    outdated = {name: reason for name, reason in reasons.items() if reason is not None}
    unmet = incomplete(history, kind, uid)
    breaches = []
    if outdated:
        lines = tuple(f"{name}  {reason}" for name, reason in outdated.items())
        breaches.append(Breach(f"pods with an older template: {len(outdated)} of {len(pods)}", lines=lines))
    elif unmet is not None:
        lines = tuple(f"{pod['metadata']['name']}  {pod_trouble(pod)}" for pod in pods if unready(pod))
        breaches.append(Breach(f"not complete: {unmet}", lines=lines))
    elif count := _outdated_by_status(obj):
        breaches.append(Breach(f"nodes with a pod of an older template, by the DaemonSet's status: {count}"))
    elif not pods:
        return judging.vacuous("it has no pod and wants none, so no pod has the template", *_cure_for_no_pods(kind))
    return judging.found(
        breaches,
        *_advice(obj, outdated=bool(outdated) or unmet is None),
        evidence={"pods": tuple(reasons), "revision": revision(pods[0]) if pods else ""},
    )


def _outdated_reason(history: History, obj: Object, pod: Object) -> str | None:
    """What shows that a pod was made from an older template and should have been replaced."""
    kind, template = str(obj["kind"]), obj["spec"]["template"]
    if kind == "StatefulSet" and kept_by_partition(obj, ordinal(pod)):
        return None
    reason = first_difference(pod, template)
    if reason is None and kind == "StatefulSet" and revision(pod) != obj.get("status", {}).get("updateRevision", revision(pod)):
        reason = f"revision {revision(pod)}, the set is at {obj['status']['updateRevision']}"
    if reason is None and kind == "ReplicaSet" and _template_at_creation(history, obj, pod) != template:
        reason = "was created before the template changed"
    return reason


def _template_at_creation(history: History, obj: Object, pod: Object) -> object:
    """A ReplicaSet's template when a pod was created.

    A field that was taken out of the template does not show in the pods, so this looks at the order of the two streams. Both are
    revisions of one store.
    """
    uid, pod_uid = obj["metadata"]["uid"], pod["metadata"]["uid"]
    created = next((one.revision for one in history.of("Pod") if one.uid == pod_uid), 0)
    known = [one.object for one in history.of("ReplicaSet") if one.uid == uid and one.revision < created]
    start = history.before("ReplicaSet").get(uid)
    every = ([start] if start is not None else []) + known
    return every[-1]["spec"]["template"] if every else obj["spec"]["template"]


def _outdated_by_status(obj: Object) -> int:
    """The number of nodes on which a DaemonSet with OnDelete still has an older pod."""
    status = obj.get("status", {})
    return int(status.get("desiredNumberScheduled", 0)) - int(status.get("updatedNumberScheduled", 0)) if obj["kind"] == "DaemonSet" else 0


def _cure_for_no_pods(kind: str) -> tuple[str, str]:
    """The field to change, or what to do in the test."""
    if kind == "DaemonSet":
        return "", "run it on a cluster with a node that its template admits"
    return "spec.replicas: at least 1 (now 0)", ""


def _advice(obj: Object, *, outdated: bool) -> Advice:
    if outdated and obj["kind"] == "ReplicaSet":
        return Advice(
            "a ReplicaSet never replaces a pod because its template changed; only later pods get the new one",
            "kind: Deployment (now ReplicaSet), which makes a ReplicaSet for each template and moves the pods over",
        )
    if outdated and never_replaced(obj):
        return Advice(
            "with updateStrategy OnDelete a pod gets the new template only after somebody has deleted the old one",
            "spec.updateStrategy.type: RollingUpdate (now OnDelete)",
        )
    return Advice(check="what keeps the pods from being available: see their events and logs")
