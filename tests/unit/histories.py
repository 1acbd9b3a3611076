"""A small language for hand-made histories: what is there at the start, and what came when.

    old, new = replica_set("web-1", WEB), replica_set("web-2", WEB, number=2)
    a, b = pod("a", old), pod("b", old)
    story(deployment(replicas=2), old, a, b, at(1, terminating(a)), at(1.5, new), gone(2, a), ends=10)

Objects are plain dictionaries, as an API server sends them. What stands in a story without `at` is there when it begins.
Seconds count from there; within a story the versions are numbered in the order in which they are written.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pytest_kworkload.guarantees.finding import Finding
from pytest_kworkload.history.model import Gap, History, Version

Json = dict[str, Any]

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KINDS = (
    "Pod",
    "ReplicaSet",
    "Deployment",
    "DaemonSet",
    "StatefulSet",
    "ControllerRevision",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "Service",
    "EndpointSlice",
    "Job",
    "CronJob",
    "PodDisruptionBudget",
    "ConfigMap",
    "Node",
    "Event",
)
PROBE: Json = {"httpGet": {"path": "/", "port": 80}}


@dataclass(frozen=True)
class Change:
    """An object as it is from a second on; `gone`: its last version, with its deletion."""

    second: float
    object: Json
    gone: bool = False


def at(second: float, obj: Json) -> Change:
    return Change(second, obj)


def gone(second: float, obj: Json) -> Change:
    return Change(second, obj, gone=True)


def moment(second: float) -> datetime:
    return START + timedelta(seconds=second)


def story(*parts: Json | Change, ends: float = 60, gaps: tuple[Gap, ...] = ()) -> History:
    """The history of a window that begins at second 0."""
    initial: dict[str, list[Version]] = {kind: [] for kind in KINDS}
    versions: list[Version] = []
    latest: dict[str, Json] = {}
    for number, part in enumerate(parts, start=1):
        change = part if isinstance(part, Change) else Change(0, part)
        uid = change.object["metadata"]["uid"]
        obj = _dated(change.object, latest.get(uid), change.second if isinstance(part, Change) else -3600)
        obj["metadata"] = {**obj["metadata"], "resourceVersion": str(number)}
        kind: Literal["ADDED", "MODIFIED", "DELETED"] = "DELETED" if change.gone else "MODIFIED" if uid in latest else "ADDED"
        version = Version(obj["kind"], kind, obj, number, moment(change.second))
        if isinstance(part, Change):
            versions.append(version)
        else:
            initial[obj["kind"]].append(version)
        latest[uid] = obj
    alive = {kind: tuple(known) for kind, known in initial.items()}
    return History(tuple(versions), alive, START, moment(ends), gaps, frozenset(KINDS))


def _dated(obj: Json, before: Json | None, second: float) -> Json:
    """The object with the time of the change on its Ready condition, in whole seconds as a kubelet does; one that is given stays."""
    known = next((one for one in _conditions(before or {}) if one["type"] == "Ready"), None)
    dated = []
    for one in _conditions(obj):
        if one["type"] == "Ready" and "lastTransitionTime" not in one:
            same = known is not None and known["status"] == one["status"]
            one = {**one, "lastTransitionTime": known["lastTransitionTime"] if known is not None and same else stamp(second)}
        dated.append(one)
    return {**obj, "status": {**obj["status"], "conditions": dated}} if dated else {**obj}


def _conditions(obj: Json) -> list[Json]:
    return list(obj.get("status", {}).get("conditions", []))


def stamp(second: float) -> str:
    """A moment as Kubernetes writes it: cut to whole seconds."""
    return (START + timedelta(seconds=math.floor(second))).strftime("%Y-%m-%dT%H:%M:%SZ")


def changed(obj: Json, path: str, value: object) -> Json:
    """The object with one field changed: changed(web, "spec.strategy.type", "Recreate")."""
    result = copy.deepcopy(obj)
    place = result
    *parents, last = path.split(".")
    for key in parents:
        place = place.setdefault(key, {})
    place[last] = value
    return result


def _object(kind: str, name: str, owner: Json | None = None, uid: str = "", **parts: Any) -> Json:
    metadata: Json = {"name": name, "namespace": "test", "uid": uid or f"{kind}/{name}", "generation": 1}
    if owner is not None:
        metadata["ownerReferences"] = [owned_by(owner)]
    return {"kind": kind, "metadata": metadata, **parts}


def owned_by(owner: Json, controller: bool = True) -> Json:
    return {"kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "controller": controller}


def template(image: str = "web:1", *, probe: bool = True, **spec: Any) -> Json:
    container: Json = {"name": "main", "image": image}
    if probe:
        container["readinessProbe"] = PROBE
    return {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container], **spec}}


def deployment(
    name: str = "web", replicas: int = 3, image: str = "web:1", *, unavailable: int | str = "25%", surge: int | str = "25%", **spec: Any
) -> Json:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge}}
    wanted = {"replicas": replicas, "strategy": strategy, "template": template(image), **spec}
    status = {"observedGeneration": 1, "replicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas}
    return _object("Deployment", name, spec=wanted, status=status)


def replica_set(name: str, owner: Json | None = None, replicas: int = 3, number: int = 1, **spec: Any) -> Json:
    obj = _object("ReplicaSet", name, owner, spec={"replicas": replicas, "template": template(), **spec})
    obj["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": str(number)}
    obj["status"] = {"observedGeneration": 1, "replicas": replicas, "availableReplicas": replicas}
    return obj


def stateful_set(name: str = "db", replicas: int = 3, **spec: Any) -> Json:
    wanted = {"replicas": replicas, "template": template(), **spec}
    status = {"observedGeneration": 1, "replicas": replicas, "availableReplicas": replicas, "updatedReplicas": replicas}
    return _object("StatefulSet", name, spec=wanted, status=status)


def daemon_set(name: str = "agent", nodes: int = 3, **spec: Any) -> Json:
    status = {"observedGeneration": 1, "desiredNumberScheduled": nodes, "numberAvailable": nodes, "updatedNumberScheduled": nodes}
    return _object("DaemonSet", name, spec={"template": template(), **spec}, status=status)


def controller_revision(name: str, owner: Json, number: int) -> Json:
    obj = _object("ControllerRevision", name, owner, revision=number)
    obj["metadata"]["labels"] = {"controller-revision-hash": name.rpartition("-")[2]}
    return obj


def pod(
    name: str,
    owner: Json | None = None,
    *,
    ready: bool = True,
    node: str = "node-0",
    uid: str = "",
    revision: str = "",
    image: str = "web:1",
    labels: Mapping[str, str] | None = None,
    ready_at: float | None = None,
    **spec: Any,
) -> Json:
    """A running pod; `ready_at` is the second that its Ready condition is dated with."""
    made = template(image, **spec)
    obj = _object("Pod", name, owner, uid, spec={**made["spec"], "nodeName": node})
    obj["metadata"]["labels"] = {"app": "web", **(labels or {})}
    if owner is not None and owner["kind"] == "ReplicaSet":
        obj["metadata"]["labels"]["pod-template-hash"] = owner["metadata"]["name"]
    if revision:
        obj["metadata"]["labels"]["controller-revision-hash"] = revision
    condition = {"type": "Ready", "status": str(ready)}
    if ready_at is not None:
        condition["lastTransitionTime"] = stamp(ready_at)
    container = {"name": "main", "ready": ready, "started": True, "restartCount": 0, "state": {"running": {}}}
    obj["status"] = {"phase": "Running", "conditions": [condition], "containerStatuses": [container]}
    return obj


def replica(owner: Json, ordinal: int, **options: Any) -> Json:
    """A StatefulSet's pod, with its identity."""
    name = f"{owner['metadata']['name']}-{ordinal}"
    labels = {"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(ordinal)}
    return pod(name, owner, labels=labels, hostname=name, subdomain=owner["metadata"]["name"], **options)


def using(obj: Json, *claims: str) -> Json:
    """The pod with these claims as volumes."""
    return changed(obj, "spec.volumes", [{"name": one, "persistentVolumeClaim": {"claimName": one}} for one in claims])


def unready(obj: Json) -> Json:
    """The pod runs, and its readiness probe fails."""
    result = copy.deepcopy(obj)
    result["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    result["status"]["containerStatuses"][0]["ready"] = False
    return result


def pending(obj: Json, reason: str = "ContainerCreating", message: str = "") -> Json:
    """The pod's container waits."""
    waiting = {"reason": reason, **({"message": message} if message else {})}
    result = unready(obj)
    result["status"]["phase"] = "Pending"
    result["status"]["containerStatuses"][0] |= {"state": {"waiting": waiting}, "started": False}
    return result


def crashed(obj: Json, exit_code: int = 1, *, restarted: bool = False) -> Json:
    """The pod's container ended; `restarted`: the next one runs already."""
    ended = {"terminated": {"exitCode": exit_code, "reason": "Error"}}
    result = unready(obj)
    container = result["status"]["containerStatuses"][0]
    container |= {"restartCount": 1, "lastState": ended} if restarted else {"state": ended}
    return result


def failed(obj: Json, reason: str = "") -> Json:
    """The pod's phase is Failed."""
    result = unready(obj)
    result["status"] |= {"phase": "Failed", "containerStatuses": [], **({"reason": reason} if reason else {})}
    return result


def running(since: float = 0, *, ready: bool = True, started: bool = True, restarts: int = 0) -> Json:
    """A container's status: it runs since a second."""
    return {"state": {"running": {"startedAt": stamp(since)}}, "ready": ready, "started": started, "restartCount": restarts}


def ended(exit_code: int = 0, since: float = 0, until: float = 0, *, restarts: int = 0) -> Json:
    """A container's status: it ran from one second to another."""
    end = {"exitCode": exit_code, "reason": "Error" if exit_code else "Completed", "startedAt": stamp(since), "finishedAt": stamp(until)}
    return {"state": {"terminated": end}, "ready": False, "started": False, "restartCount": restarts}


def waiting(reason: str = "PodInitializing") -> Json:
    """A container's status: it has not started."""
    return {"state": {"waiting": {"reason": reason}}, "ready": False, "started": False, "restartCount": 0}


def having(obj: Json, **statuses: Json) -> Json:
    """The pod with these statuses of its containers, by name."""
    inits = {one["name"] for one in obj["spec"].get("initContainers", [])}
    result = copy.deepcopy(obj)
    every = [{"name": name, **status} for name, status in statuses.items()]
    result["status"]["initContainerStatuses"] = [one for one in every if one["name"] in inits]
    result["status"]["containerStatuses"] = [one for one in every if one["name"] not in inits]
    return result


def conditions(obj: Json, **statuses: bool) -> Json:
    """The pod with these conditions and no others."""
    return changed(obj, "status.conditions", [{"type": name, "status": str(value)} for name, value in statuses.items()])


def terminating(obj: Json) -> Json:
    """Somebody asked for the pod's deletion; it is as ready as it was."""
    return changed(obj, "metadata.deletionTimestamp", stamp(30))


def evicted(obj: Json, reason: str = "EvictionByEvictionAPI") -> Json:
    """The pod bears the mark of an eviction."""
    result = copy.deepcopy(obj)
    result["status"]["conditions"].append({"type": "DisruptionTarget", "status": "True", "reason": reason})
    return result


def node(name: str, *taints: str, labels: Mapping[str, str] | None = None) -> Json:
    """A node; a taint is written as kubectl does, key=value:Effect."""
    made = []
    for text in taints:
        key, _, effect = text.partition(":")
        key, _, value = key.partition("=")
        made.append({"key": key, "effect": effect, **({"value": value} if value else {})})
    obj = _object("Node", name, spec={"taints": made} if made else {})
    obj["metadata"]["labels"] = {"kubernetes.io/hostname": name, **(labels or {})}
    return obj


def claim(name: str, owner: Json | None = None, *, uid: str = "", volume: str = "", phase: str = "Bound") -> Json:
    obj = _object("PersistentVolumeClaim", name, owner, uid, spec={"volumeName": volume or f"volume-of-{name}"}, status={"phase": phase})
    for one in obj["metadata"].get("ownerReferences", []):
        one["controller"] = False
    return obj


def volume(name: str, claim: Json | None = None, *, phase: str = "Bound", node: str = "", **spec: Any) -> Json:
    """A volume of 1Gi, bound to the claim; `node`: it can be used there only."""
    wanted: Json = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Delete"}
    if claim is not None:
        wanted["claimRef"] = {"namespace": "test", "name": claim["metadata"]["name"], "uid": claim["metadata"]["uid"]}
    if node:
        term = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}
        wanted["nodeAffinity"] = {"required": {"nodeSelectorTerms": [term]}}
    return _object("PersistentVolume", name, spec={**wanted, **spec}, status={"phase": phase})


def storage_class(name: str, binding: str = "Immediate") -> Json:
    return _object("StorageClass", name, volumeBindingMode=binding)


def config_map(name: str) -> Json:
    return _object("ConfigMap", name)


def service(name: str = "web", **spec: Any) -> Json:
    return _object("Service", name, spec={"selector": {"app": "web"}, **spec})


def endpoint(pod: Json, *, ready: bool = True, serving: bool | None = None, terminating: bool = False, **parts: Any) -> Json:
    """What an EndpointSlice says about a pod."""
    conditions = {"ready": ready, "serving": ready if serving is None else serving, "terminating": terminating}
    target = {"kind": "Pod", "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
    return {"addresses": [pod["status"]["podIP"]], "conditions": conditions, "targetRef": target, **parts}


def endpoint_slice(service: Json, *endpoints: Json) -> Json:
    name = service["metadata"]["name"]
    obj = _object("EndpointSlice", f"{name}-slice", service, endpoints=list(endpoints))
    obj["metadata"]["labels"] = {"kubernetes.io/service-name": name}
    return obj


def budget(name: str = "web", *, healthy: int, needed: int, selector: Json | None = None, **spec: Any) -> Json:
    """A PodDisruptionBudget that its controller has counted."""
    wanted = {"selector": {"matchLabels": {"app": "web"}} if selector is None else selector, **(spec or {"minAvailable": needed})}
    status = {"observedGeneration": 1, "currentHealthy": healthy, "desiredHealthy": needed}
    return _object("PodDisruptionBudget", name, spec=wanted, status=status)


def job(name: str = "sum", *conditions: Json | str, completions: int | None = 2, parallelism: int = 2, **parts: Any) -> Json:
    """A Job; a condition is a type that is True, or the whole of it. `parts` are fields of its status."""
    made = [{"type": one, "status": "True"} if isinstance(one, str) else one for one in conditions]
    wanted = {"parallelism": parallelism, "backoffLimit": 1, "template": template(restartPolicy="Never")}
    if completions is not None:
        wanted["completions"] = completions
    return _object("Job", name, spec=wanted, status={"conditions": made, **parts})


def cron_job(name: str = "tick", policy: str = "Forbid", **spec: Any) -> Json:
    return _object("CronJob", name, spec={"schedule": "* * * * *", "concurrencyPolicy": policy, **spec}, status={})


def ticked(name: str, owner: Json, *conditions: str) -> Json:
    """A Job that a CronJob has made."""
    obj = job(name, *conditions)
    obj["metadata"]["ownerReferences"] = [owned_by(owner)]
    return obj


def succeeded(obj: Json) -> Json:
    """The pod's phase is Succeeded."""
    return changed(failed(obj), "status.phase", "Succeeded")


def event(reason: str, about: Json, message: str, *, warning: bool = False, name: str = "") -> Json:
    obj = _object("Event", name or f"{reason} {about['metadata']['name']} {message}", reason=reason, message=message)
    obj["type"] = "Warning" if warning else "Normal"
    obj["involvedObject"] = {"kind": about["kind"], "name": about["metadata"]["name"], "uid": about["metadata"]["uid"]}
    return obj


def what_broke(finding: Finding) -> list[str]:
    return [breach.what for breach in finding.breaches]


def what_broke_with_lines(finding: Finding) -> list[tuple[str, tuple[str, ...]]]:
    return [(breach.what, breach.lines) for breach in finding.breaches]
