"""Pods and what controls them: by uid, never by labels or names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from ..history.model import History, Object, Version


def controller(obj: Object) -> str | None:
    """The uid of an object's controller."""
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            return str(owner["uid"])
    return None


def owners(history: History, kind: str, uid: str) -> frozenset[str]:
    """The uids that control a workload's pods: its own, for a Deployment those of its ReplicaSets."""
    return frozenset(replica_sets(history, uid)) if kind == "Deployment" else frozenset({uid})


def replica_sets(history: History, uid: str) -> dict[str, Object]:
    """The ReplicaSets that a Deployment controlled at any time of the window (adopted and orphaned ones too), in their last version."""
    every = [*history.before("ReplicaSet").values(), *(version.object for version in history.of("ReplicaSet"))]
    last = history.seen("ReplicaSet")
    return {one: last[one] for one in (str(obj["metadata"]["uid"]) for obj in every if controller(obj) == uid)}


def controlled_by(owner_uids: Collection[str]) -> Callable[[Object], bool]:
    return lambda pod: controller(pod) in owner_uids


def belonging_to(history: History, kind: str, uid: str) -> Callable[[Object], bool]:
    """A predicate: whether a pod is this one, or this workload's."""
    if kind == "Pod":
        return lambda pod: pod["metadata"]["uid"] == uid
    return controlled_by(owners(history, kind, uid))


def revision(pod: Object) -> str:
    """The revision label of a pod's template; empty for a bare ReplicaSet's."""
    labels = pod["metadata"].get("labels") or {}
    return str(labels.get("pod-template-hash") or labels.get("controller-revision-hash") or "")


def ordinal(pod: Object) -> int:
    """The number at the end of a StatefulSet pod's name."""
    return int(str(pod["metadata"]["name"]).rpartition("-")[2])


def finished(pod: Object) -> bool:
    """Whether all containers ended for good: such a pod is an object only, no controller counts it."""
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def terminating(pod: Object) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def target_node(pod: Object) -> str:
    """The node that a pod is on or, as long as a DaemonSet's pod is not scheduled, is meant for."""
    if pod["spec"].get("nodeName"):
        return str(pod["spec"]["nodeName"])
    affinity: Any = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    for term in (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["operator"] == "In":  # a node has no other field than its name
                return str(field["values"][0])
    return ""


def has_readiness_signal(template: Object) -> bool:
    """Whether Ready means more than "its processes were started"."""
    spec = template["spec"]
    sidecars = [one for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
    probed = any("readinessProbe" in one or "startupProbe" in one for one in (*spec["containers"], *sidecars))
    return probed or bool(spec.get("readinessGates"))


def deletion(history: History, uid: str, kind: str = "Pod") -> Version | None:
    """The version with which an object began to go: it got a deletionTimestamp or, without any grace, was gone at once."""
    for version in history.of(kind):
        if version.uid == uid and (version.type == "DELETED" or terminating(version.object)):
            return version
    return None


def created_after(history: History, version: Version) -> Iterator[Version]:
    """The pods that were created after a version of a pod, in their first versions."""
    for one in history.of("Pod"):
        if one.type == "ADDED" and one.revision > version.revision:
            yield one


def replacement(history: History, kind: str, uid: str, victim: Object) -> Object | None:
    """The pod that took the victim's place: created after it began to go; for StatefulSet and DaemonSet at the same place."""
    gone = deletion(history, str(victim["metadata"]["uid"]))
    if gone is None:
        return None
    mine = controlled_by(owners(history, kind, uid))
    for version in created_after(history, gone):
        if not mine(version.object):
            continue
        if kind == "StatefulSet" and version.name != victim["metadata"]["name"]:
            continue
        if kind == "DaemonSet" and target_node(version.object) != target_node(victim):
            continue
        return history.seen("Pod")[version.uid]
    return None
