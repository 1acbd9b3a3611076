"""rs-adopt-release: a controller adopts the pods that its selector matches and nobody controls, and releases those that it does
not match any more."""

from __future__ import annotations

import re
from typing import Any

from ...history.model import History, Object, Version
from ...objects.pods import controller, created_after, finished, owners, replica_sets, terminating
from ...objects.revisions import revision_number
from ...objects.selection import matches
from ..catalogue import CATALOGUE
from ..finding import Breach, Finding

GUARANTEE = CATALOGUE["rs-adopt-release"]


def takes(history: History, kind: str, uid: str, pod: Object) -> bool:
    """Whether the workload takes such a pod, and keeps it: a Deployment's ReplicaSets select by the hash too, a set by name too."""
    workload, now = history.seen(kind)[uid], history.objects("ReplicaSet")
    if kind == "StatefulSet" and not re.fullmatch(rf"{re.escape(workload['metadata']['name'])}-[0-9]+", pod["metadata"]["name"]):
        return False
    selecting = [rs for one, rs in replica_sets(history, uid).items() if one in now] if kind == "Deployment" else [workload]
    return any(matches(one["spec"].get("selector") or {}, pod["metadata"].get("labels") or {}) for one in selecting)


def check_adopted(history: History, kind: str, uid: str, pod_uid: str) -> Finding:
    """The pod, which nobody controlled once, is the workload's now. The history is the whole test's."""
    obj, pod, mine = history.seen(kind)[uid], history.seen("Pod")[pod_uid], owners(history, kind, uid)
    name = str(pod["metadata"]["name"])

    def found(**parts: Any) -> Finding:
        return Finding(GUARANTEE, f"{kind} {obj['metadata']['name']}", (f"to adopt: {name}",), **parts)

    if not any(controller(one) is None for one in history.versions_of("Pod", pod_uid)):
        return found(
            vacuous=f"{name} had a controller from its first version on: {_owner(pod)}; such a pod is never adopted",
            change="a pod without ownerReferences, made by the test",
        )
    evidence = {"pod": name, "owner": str(obj["metadata"]["name"])}
    if controller(pod) in mine and pod_uid in history.objects("Pod") and not terminating(pod):
        return found(evidence=evidence)
    if terminating(pod) or pod_uid not in history.objects("Pod"):
        return found(
            breaches=(Breach(f"{name} was deleted, and not kept"),),
            cause=f"the {kind} wants {obj['spec'].get('replicas', 1)} pods: what is more than that goes, and the pod was one too many",
            change="spec.replicas: one more, or a pod fewer before",
            evidence=evidence,
        )
    selector = obj["spec"].get("selector") or {}
    if controller(pod) is not None:
        cause, change = f"{_owner(pod)} controls it, and another controller's pod is never taken", "spec.selector: no two that overlap"
    elif not matches(selector, pod["metadata"].get("labels") or {}):
        cause, change = "its labels do not match the selector", f"metadata.labels of the pod: {_told(selector)}"
    elif not takes(history, kind, uid, pod):
        cause, change = _unfit(history, obj)
    else:
        cause, change = "", f"what keeps the controller of the {kind} from its work"
    return found(breaches=(Breach(f"{name} was not adopted"),), cause=cause, change=change, evidence=evidence)


def check_released(history: History, kind: str, uid: str, pod_uid: str) -> Finding:
    """The pod, which was the workload's, is nobody's now and still there, and another one was created in its place."""
    obj, pod, mine = history.seen(kind)[uid], history.seen("Pod")[pod_uid], owners(history, kind, uid)
    name, selector = str(pod["metadata"]["name"]), obj["spec"].get("selector") or {}

    def found(**parts: Any) -> Finding:
        return Finding(GUARANTEE, f"{kind} {obj['metadata']['name']}", (f"to release: {name}",), **parts)

    if not any(controller(one) in mine for one in history.versions_of("Pod", pod_uid)):
        return found(vacuous=f"the {kind} never controlled {name}, so it could not release it", change="a pod of the workload's own pods()")
    if terminating(pod) or pod_uid not in history.objects("Pod"):
        return found(
            breaches=(Breach(f"{name} was deleted, and not kept"),),
            cause="a released pod is nobody's: nobody but a user deletes it",
            change="the test: change the pod's labels instead of deleting it",
        )
    if controller(pod) in mine:
        still = takes(history, kind, uid, pod)
        return found(
            breaches=(Breach(f"{name} was not released"),),
            cause="its labels still match the selector" if still else "",
            change=f"metadata.labels of the pod: not {_told(selector)}"
            if still
            else f"what keeps the controller of the {kind} from its work",
        )
    left = _left(history, pod_uid, mine)
    new = next((one.name for one in created_after(history, left) if controller(one.object) in mine), None) if left else None
    if new is None:
        return found(
            breaches=(Breach(f"no pod was created in the place of {name}"),),
            cause=f"the {kind} wants {obj['spec'].get('replicas', 1)} pods, and had them without it",
            change="spec.replicas: leave it as it is while the pod is released",
        )
    return found(evidence={"pod": name, "replacement": new})


def _left(history: History, pod_uid: str, mine: frozenset[str]) -> Version | None:
    """The version with which the pod was released for the last time."""
    left, before = None, history.before("Pod").get(pod_uid)
    for version in history.of("Pod"):
        if version.uid == pod_uid:
            if before is not None and controller(before) in mine and controller(version.object) not in mine:
                left = version
            before = version.object
    return left


def orphans(history: History, kind: str, uid: str) -> list[str]:
    """The pods that nobody controls although the workload takes such pods."""
    return sorted(
        str(pod["metadata"]["name"])
        for pod in history.objects("Pod").values()
        if controller(pod) is None and not finished(pod) and not terminating(pod) and takes(history, kind, uid, pod)
    )


def _unfit(history: History, workload: Object) -> tuple[str, str]:
    """Why a workload does not take a pod that its own selector matches, and what to change."""
    name = workload["metadata"]["name"]
    if workload["kind"] == "StatefulSet":
        return "a StatefulSet takes only pods that have its name and an ordinal", f"metadata.name of the pod: {name}-0, or another ordinal"
    newest = max(replica_sets(history, workload["metadata"]["uid"]).values(), key=revision_number, default=workload)
    change = f"metadata.labels of the pod: {_told(newest['spec'].get('selector') or {})}"
    return "none of the Deployment's ReplicaSets selects it: they select by pod-template-hash too", change


def _owner(pod: Object) -> str:
    return next((f"{one['kind']} {one['name']}" for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")), "nobody")


def _told(selector: Object) -> str:
    labels = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    return ", ".join([*labels, *(str(one["key"]) for one in selector.get("matchExpressions") or ())])
