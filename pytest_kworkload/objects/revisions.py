"""The revisions of a workload: ReplicaSets of a Deployment, ControllerRevisions of the others, by the number that they carry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..history.model import History, Object, Version
from .pods import controller, replica_sets

NUMBER = "deployment.kubernetes.io/revision"


def revision_number(store: Object) -> int:
    if store["kind"] == "ControllerRevision":
        return int(store["revision"])
    return int((store["metadata"].get("annotations") or {}).get(NUMBER, 0))


def revisions_of(objects: Mapping[str, Object], uid: str) -> dict[str, Object]:
    """Those of these stores that a workload controls."""
    return {one: obj for one, obj in objects.items() if controller(obj) == uid}


def new_replica_set(history: History, uid: str) -> str | None:
    """The ReplicaSet of the version that the window rolled out last: made in it, or used again with a higher number."""
    before = revisions_of(history.before("ReplicaSet"), uid)
    highest = max(map(revision_number, before.values()), default=0)
    now = {one: obj for one, obj in replica_sets(history, uid).items() if revision_number(obj) > highest}
    return max(now, key=lambda one: revision_number(now[one]), default=None)


def old_replica_sets(history: History, uid: str) -> frozenset[str]:
    """The ReplicaSets of the versions that were there when the window began, without one that is the new version again."""
    return frozenset(revisions_of(history.before("ReplicaSet"), uid)) - {new_replica_set(history, uid) or ""}


def rolled_out(history: History, uid: str) -> frozenset[str]:
    """The ReplicaSets of the versions that the window rolled out: those that it made, and the one that it used again."""
    before = revisions_of(history.before("ReplicaSet"), uid)
    current = max(before, key=lambda one: revision_number(before[one]), default="")
    return (frozenset(replica_sets(history, uid)) - frozenset(before) | {new_replica_set(history, uid) or current}) - {current}


def template_change(history: History, kind: str, uid: str) -> Version | None:
    """The version of a workload in which its pod template first differs from the one at the window's start."""
    template = history.before(kind)[uid]["spec"]["template"]
    for version in history.of(kind):
        if version.uid == uid and version.object["spec"]["template"] != template:
            return version
    return None


def reached(history: History, version: Version) -> datetime:
    """When a version was there, for the reader: no later than the pods that came after it, whose connection may be quicker."""
    return min([version.received, *(one.received for one in history.of("Pod") if one.revision > version.revision)])


def sizes(history: History, kind: str, uid: str) -> list[int]:
    """Every number of replicas that was asked for in the window."""
    return [int(one["spec"].get("replicas", 1)) for one in history.versions_of(kind, uid)]


def changed_at(history: History, kind: str, uid: str) -> datetime:
    """When the update began, for the reader; the window's start if there was none."""
    version = template_change(history, kind, uid)
    return reached(history, version) if version else history.started
