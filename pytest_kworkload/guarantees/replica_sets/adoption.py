"""rs-adopt-release: a controller adopts the pods without a controller that its selector matches, and releases those that it no
longer matches."""

from __future__ import annotations

import re

from ...history.model import History, Object, Version
from ...objects.pods import controller, created_after, finished, owners, replica_sets, terminating
from ...objects.revisions import revision_number
from ...objects.selection import matches
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding
from ..judging import Advice, Judging, counted

GUARANTEE = CATALOGUE["rs-adopt-release"]


def takes(history: History, kind: str, uid: str, pod: Object) -> bool:
    """Whether the workload adopts such a pod, and keeps it: a Deployment's ReplicaSets also select by the hash, a StatefulSet by name."""
    workload, now = history.seen(kind)[uid], history.objects("ReplicaSet")
    if kind == "StatefulSet" and not re.fullmatch(rf"{re.escape(workload['metadata']['name'])}-[0-9]+", pod["metadata"]["name"]):
        return False
    selecting = [rs for one, rs in replica_sets(history, uid).items() if one in now] if kind == "Deployment" else [workload]
    return any(matches(one["spec"].get("selector") or {}, pod["metadata"].get("labels") or {}) for one in selecting)


def check_adopted(history: History, kind: str, uid: str, pod_uid: str) -> Finding:
    """The pod, which once had no controller, is the workload's now. The history is the whole test's."""
    obj, pod, mine = history.seen(kind)[uid], history.seen("Pod")[pod_uid], owners(history, kind, uid)
    name = str(pod["metadata"]["name"])
    judging = Judging.of(GUARANTEE, obj, f"to adopt: {name}")
    if not any(controller(one) is None for one in history.versions_of("Pod", pod_uid)):
        return judging.vacuous(
            f"{name} had a controller from the start, {_controller_text(pod)}, and such a pod is never adopted",
            do="create a pod without ownerReferences",
        )
    evidence = {"pod": name, "owner": str(obj["metadata"]["name"])}
    if terminating(pod) or pod_uid not in history.objects("Pod"):
        return judging.found([Breach(f"{name} was deleted, not kept")], *_surplus_advice(obj))
    if controller(pod) in mine:
        return judging.found(evidence=evidence)
    return judging.found([Breach(f"{name} was not adopted")], *_not_adopted_advice(history, obj, pod))


def check_released(history: History, kind: str, uid: str, pod_uid: str) -> Finding:
    """The pod, which was the workload's, has no controller now and is still there, and another one was created in its place."""
    obj, pod, mine = history.seen(kind)[uid], history.seen("Pod")[pod_uid], owners(history, kind, uid)
    name, selector = str(pod["metadata"]["name"]), obj["spec"].get("selector") or {}
    judging = Judging.of(GUARANTEE, obj, f"to release: {name}")
    if not any(controller(one) in mine for one in history.versions_of("Pod", pod_uid)):
        return judging.vacuous(
            f"the {kind} never controlled {name}, so it could not release it", do="take one of the workload's own pods()"
        )
    if terminating(pod) or pod_uid not in history.objects("Pod"):
        return judging.found(
            [Breach(f"{name} was deleted, not kept")],
            cause="a pod without a controller is deleted by nobody but a user",
            check="the test: change the pod's labels instead of deleting it",
        )
    if controller(pod) in mine:
        breach = Breach(f"{name} was not released")
        if takes(history, kind, uid, pod):
            return judging.found(
                [breach], "its labels still match the selector", f"metadata.labels of the pod: not {_labels_text(selector)}"
            )
        return judging.found([breach], check=f"find what keeps the {kind}'s controller from its work")
    release = _release(history, pod_uid, mine)
    new = next((one.name for one in created_after(history, release) if controller(one.object) in mine), None) if release else None
    return judging.found(
        [Breach(f"no pod was created in place of {name}")] if new is None else (),
        cause=f"the {kind} wants {counted(obj['spec'].get('replicas', 1), 'pod')}, and had that many without it",
        check="whether spec.replicas was changed while the pod was released",
        evidence={"pod": name, "replacement": new},
    )


def _surplus_advice(obj: Object) -> Advice:
    if "replicas" not in obj["spec"]:
        return Advice(f"the {obj['kind']} has one pod for each node that it is for: this one was one too many")
    replicas = int(obj["spec"]["replicas"])
    return Advice(
        f"the {obj['kind']} wants {counted(replicas, 'pod')}, and this one was one too many",
        f"spec.replicas: {replicas + 1} (now {replicas}), or create one pod fewer before",
    )


def _not_adopted_advice(history: History, obj: Object, pod: Object) -> Advice:
    selector = obj["spec"].get("selector") or {}
    if controller(pod) is not None:
        owner = _controller_text(pod)
        return Advice(
            f"{owner} controls it, and another controller's pod is never taken",
            f"spec.selector: one that does not match pods of {owner}",
        )
    if not matches(selector, pod["metadata"].get("labels") or {}):
        return Advice("its labels do not match the selector", f"metadata.labels of the pod: {_labels_text(selector)}")
    if not takes(history, str(obj["kind"]), str(obj["metadata"]["uid"]), pod):
        return _unfit_advice(history, obj)
    return Advice(check=f"find what keeps the {obj['kind']}'s controller from its work")


def _release(history: History, pod_uid: str, mine: frozenset[str]) -> Version | None:
    """The version with which the pod was released for the last time."""
    release, before = None, history.before("Pod").get(pod_uid)
    for version in history.of("Pod"):
        if version.uid == pod_uid:
            if before is not None and controller(before) in mine and controller(version.object) not in mine:
                release = version
            before = version.object
    return release


def orphans(history: History, kind: str, uid: str) -> list[str]:
    """The names of the pods that have no controller although the workload takes such pods."""
    return sorted(
        str(pod["metadata"]["name"])
        for pod in history.objects("Pod").values()
        if controller(pod) is None and not finished(pod) and not terminating(pod) and takes(history, kind, uid, pod)
    )


def _unfit_advice(history: History, workload: Object) -> Advice:
    """Why a workload does not take a pod that its own selector matches, and what to change."""
    name = workload["metadata"]["name"]
    if workload["kind"] == "StatefulSet":
        return Advice(
            "a StatefulSet takes only pods that have its name and an ordinal", f"metadata.name of the pod: {name}-0, or another ordinal"
        )
    newest = max(replica_sets(history, workload["metadata"]["uid"]).values(), key=revision_number, default=workload)
    return Advice(
        "none of the Deployment's ReplicaSets selects it: they select by pod-template-hash too",
        f"metadata.labels of the pod: {_labels_text(newest['spec'].get('selector') or {})}",
    )


def _controller_text(pod: Object) -> str:
    owners_of_pod = pod["metadata"].get("ownerReferences") or ()
    return next((f"{one['kind']} {one['name']}" for one in owners_of_pod if one.get("controller")), "nobody")


def _labels_text(selector: Object) -> str:
    labels = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    return ", ".join([*labels, *(str(one["key"]) for one in selector.get("matchExpressions") or ())])
