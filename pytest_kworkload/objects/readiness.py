"""When an object is ready: pure functions of its latest version, in the words of the controllers themselves."""

from __future__ import annotations

from collections.abc import Callable

from ..history.model import Object

# What a container waits for in the normal course of its start.
_STARTING = (None, "ContainerCreating", "PodInitializing")


def unready(obj: Object) -> str | None:
    """Why an object is not ready yet; None if it is. Kinds that only have to exist are always ready."""
    check = _CHECKS.get(str(obj.get("kind")))
    return check(obj) if check else _by_condition(obj)


def failed(obj: Object) -> str | None:
    """Why an object can no longer become ready by itself; None as long as it can."""
    kind, status = obj.get("kind"), obj.get("status", {})
    if kind == "Deployment":
        progressing = condition(obj, "Progressing")
        if progressing.get("reason") == "ProgressDeadlineExceeded" and observed(obj):
            return f"ProgressDeadlineExceeded: {progressing.get('message', '')}"
        if obj["spec"].get("paused") and unready(obj):
            return "the Deployment is paused, so nothing is rolled out"
    if kind == "Pod" and status.get("phase") == "Failed":
        return f"the pod failed: {status.get('reason') or pod_trouble(obj)}"
    if kind == "Job" and condition(obj, "Failed").get("status") == "True":
        return f"the Job failed: {condition(obj, 'Failed').get('message', '')}"
    if kind == "PersistentVolumeClaim" and status.get("phase") == "Lost":
        return "the claim lost its volume"
    return None


def condition(obj: Object, kind: str) -> Object:
    """A condition of an object, empty if it has none of this type."""
    for one in obj.get("status", {}).get("conditions") or ():
        if one.get("type") == kind:
            return dict(one)
    return {}


def pod_trouble(pod: Object) -> str:
    """What keeps a pod from being Ready, in one line."""
    if pod["metadata"].get("deletionTimestamp"):
        return "terminating"
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return f"not scheduled: {scheduled.get('message', '')}"
    status = pod.get("status", {})
    for group in ("initContainerStatuses", "containerStatuses"):
        for one in status.get(group) or ():
            state = one.get("state", {})
            waiting, terminated = state.get("waiting"), state.get("terminated")
            if waiting and waiting.get("reason") not in (None, "PodInitializing"):
                text = " ".join(str(waiting.get("message", "")).split())
                return f"container {one['name']}: {waiting['reason']}" + (f": {text}" if text else "")
            if terminated and (terminated.get("exitCode") or group == "containerStatuses"):
                return f"container {one['name']}: exit code {terminated.get('exitCode')} ({terminated.get('reason', '')})"
    for one in status.get("containerStatuses") or ():
        if not one.get("ready"):
            return f"container {one['name']}: not ready yet" + (" (readiness probe)" if one.get("started") else "")
    gates = [
        g["conditionType"] for g in pod["spec"].get("readinessGates") or () if condition(pod, g["conditionType"]).get("status") != "True"
    ]
    if gates:
        return f"readiness gate {', '.join(gates)} is not True"
    if status.get("containerStatuses") and condition(pod, "Ready").get("status") == "False":
        return "condition Ready is False although all containers are ready: its node may not answer"
    return f"phase {status.get('phase', 'unknown')}" + (f" ({status['reason']})" if status.get("reason") else "")


def observed(obj: Object) -> bool:
    """Whether an object's status is about its present spec."""
    return int(obj.get("status", {}).get("observedGeneration", 0)) >= int(obj["metadata"].get("generation", 0))


def _lag(obj: Object) -> str | None:
    if observed(obj):
        return None
    return f"its controller has not observed generation {obj['metadata'].get('generation')} yet"


def _deployment(obj: Object) -> str | None:
    status, want = obj.get("status", {}), int(obj["spec"].get("replicas", 1))
    numbers = {name: int(status.get(name, 0)) for name in ("replicas", "updatedReplicas", "availableReplicas")}
    if _lag(obj) or set(numbers.values()) != {want}:
        available, updated, every = numbers["availableReplicas"], numbers["updatedReplicas"], numbers["replicas"]
        return _lag(obj) or f"{available} of {want} replicas available, {updated} updated, {every} in all"
    return None


def _replica_set(obj: Object) -> str | None:
    status, want = obj.get("status", {}), int(obj["spec"].get("replicas", 1))
    have, available = int(status.get("replicas", 0)), int(status.get("availableReplicas", 0))
    if _lag(obj) or not (have == available == want):
        return _lag(obj) or f"{available} of {want} replicas available, {have} in all"
    return None


def _stateful_set(obj: Object) -> str | None:
    status, want = obj.get("status", {}), int(obj["spec"].get("replicas", 1))
    if _lag(obj):
        return _lag(obj)
    have, available = int(status.get("replicas", 0)), int(status.get("availableReplicas", 0))
    if not (have == available == want):
        return f"{available} of {want} replicas available, {have} in all"
    strategy = obj["spec"].get("updateStrategy", {})
    if strategy.get("type", "RollingUpdate") == "RollingUpdate":
        partition = int((strategy.get("rollingUpdate") or {}).get("partition", 0))
        updated = int(status.get("updatedReplicas", 0))
        if status.get("currentRevision") != status.get("updateRevision") and updated < max(0, want - partition):
            return f"{updated} of {max(0, want - partition)} replicas updated"
    return None


def _daemon_set(obj: Object) -> str | None:
    status = obj.get("status", {})
    if _lag(obj):
        return _lag(obj)
    want, available = int(status.get("desiredNumberScheduled", 0)), int(status.get("numberAvailable", 0))
    updated = int(status.get("updatedNumberScheduled", 0))
    if obj["spec"].get("updateStrategy", {}).get("type") == "OnDelete":
        updated = want
    return None if available == updated == want else f"{available} of {want} nodes have an available pod, {updated} an updated one"


def _pod(obj: Object) -> str | None:
    if obj.get("status", {}).get("phase") == "Succeeded" or (
        condition(obj, "Ready").get("status") == "True" and not obj["metadata"].get("deletionTimestamp")
    ):
        return None
    return pod_trouble(obj)


def _claim(obj: Object) -> str | None:
    phase = obj.get("status", {}).get("phase")
    return None if phase == "Bound" else f"phase {phase}"


def _job(obj: Object) -> str | None:
    if condition(obj, "Complete").get("status") == "True":
        return None
    return f"{obj.get('status', {}).get('succeeded', 0)} of {obj['spec'].get('completions', 1)} completions"


def _crd(obj: Object) -> str | None:
    return None if condition(obj, "Established").get("status") == "True" else "not established yet"


def _quota(obj: Object) -> str | None:
    """Until then the API server may admit too much."""
    spec, status = obj["spec"].get("hard") or {}, obj.get("status", {}).get("hard") or {}
    return None if spec.keys() == status.keys() else "its controller has not counted yet"


def _by_condition(obj: Object) -> str | None:
    """Other kinds, custom ones above all: their condition Ready, if they have one and it is about this generation."""
    ready = condition(obj, "Ready")
    if not ready:
        return None
    if int(ready.get("observedGeneration", obj["metadata"].get("generation", 0))) < int(obj["metadata"].get("generation", 0)):
        return "condition Ready is about an older generation"
    return None if ready.get("status") == "True" else f"condition Ready: {ready.get('status')} {ready.get('message', '')}".strip()


_CHECKS: dict[str, Callable[[Object], str | None]] = {
    "Deployment": _deployment,
    "ReplicaSet": _replica_set,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Pod": _pod,
    "PersistentVolumeClaim": _claim,
    "Job": _job,
    "CustomResourceDefinition": _crd,
    "ResourceQuota": _quota,
    "Node": lambda obj: None if condition(obj, "Ready").get("status") == "True" else "condition Ready is not True",
}


def stuck(pod: Object) -> bool:
    """Whether a pod waits for something that does not come by itself: an image, the end of a back-off, a node, a gate."""
    status = pod.get("status", {})
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    waiting = any((one.get("state", {}).get("waiting") or {}).get("reason") not in _STARTING for one in containers)
    gated = pod["spec"].get("readinessGates") and condition(pod, "ContainersReady").get("status") == "True"
    return waiting or condition(pod, "PodScheduled").get("status") == "False" or bool(gated)


def object_state(obj: Object) -> str:
    """The state of an object in a few words."""
    if obj.get("kind") == "Pod":
        return "Ready" if unready(obj) is None else pod_trouble(obj)
    return "being deleted" if obj["metadata"].get("deletionTimestamp") else unready(obj) or "ready"
