"""Good workloads, each a function, so that a test can say in one line what it changes about one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IMAGE = "busybox:1.35.0"

# A process that ends at once when it is told to, so that a test does not wait for a grace period.
IDLE = "trap 'exit 0' TERM; {before}touch /tmp/ready; while :; do sleep 1 & wait $!; done"

# A process that also ends when a test makes this file. (Killed from inside, it would take the command that kills it along.)
ENDS = "trap 'exit 0' TERM; touch /tmp/ready; while [ ! -e /tmp/end ]; do sleep 1 & wait $!; done"
END = "touch /tmp/end"

READINESS: dict[str, Any] = {"exec": {"command": ["test", "-e", "/tmp/ready"]}, "periodSeconds": 1}


def pod_spec(*, ready_after: float = 0, command: str = "", probe: bool = True) -> dict[str, Any]:
    """A pod of one container that becomes Ready after so many seconds."""
    before = f"sleep {ready_after}; " if ready_after else ""
    container: dict[str, Any] = {
        "name": "main",
        "image": IMAGE,
        "command": ["sh", "-c", command or IDLE.format(before=before)],
    }
    if probe:
        container["readinessProbe"] = READINESS
    return {"containers": [container], "terminationGracePeriodSeconds": 2}


def _workload(kind: str, name: str, spec: Mapping[str, Any], pod: Mapping[str, Any] | None) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": dict(pod or pod_spec())},
            **spec,
        },
    }


def deployment(name: str = "web", *, replicas: int = 4, pod: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A Deployment that keeps three of four pods during an update."""
    return _workload("Deployment", name, {"replicas": replicas, **spec}, pod)


def rolling(max_unavailable: int | str, max_surge: int | str) -> dict[str, Any]:
    """The strategy RollingUpdate with these bounds."""
    return {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": max_unavailable, "maxSurge": max_surge},
    }


def replica_set(name: str = "web", *, replicas: int = 3, pod: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A ReplicaSet of its own, without a Deployment."""
    return _workload("ReplicaSet", name, {"replicas": replicas}, pod)


def daemon_set(name: str = "agent", *, pod: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A DaemonSet for every node."""
    return _workload("DaemonSet", name, spec, pod)


def stateful_set(
    name: str = "db", *, replicas: int = 3, pod: Mapping[str, Any] | None = None, claims: bool = False, **spec: Any
) -> list[dict[str, Any]]:
    """A StatefulSet with its headless Service; with ``claims`` each replica has a volume at /data."""
    template = dict(pod or pod_spec())
    extra: dict[str, Any] = {"replicas": replicas, "serviceName": name, **spec}
    if claims:
        container = {**template["containers"][0], "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
        template["containers"] = [container]
        extra["volumeClaimTemplates"] = [
            {
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
            }
        ]
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"clusterIP": "None", "selector": {"app": name}, "ports": [{"port": 80}]},
    }
    return [service, _workload("StatefulSet", name, extra, template)]


def rolling_set(*, partition: int = 0, max_unavailable: int | str = 1) -> dict[str, Any]:
    """A StatefulSet's update strategy RollingUpdate with this partition and bound."""
    return {"type": "RollingUpdate", "rollingUpdate": {"partition": partition, "maxUnavailable": max_unavailable}}


def bare_pod(name: str = "pod", *, labels: Mapping[str, str] | None = None, pod: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A pod without a controller."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": dict(labels or {"app": name})},
        "spec": dict(pod or pod_spec()),
    }


def quota(pods: int) -> dict[str, Any]:
    """A namespace with room for so many pods."""
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "pods"}, "spec": {"hard": {"pods": str(pods)}}}


def deletion_cost(value: int) -> dict[str, Any]:
    """A patch of a pod: the lower, the sooner it goes when its ReplicaSet is made smaller."""
    return {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": str(value)}}}


def init_container(name: str, script: str, **more: Any) -> dict[str, Any]:
    """An init container that runs a script; with restartPolicy Always it is a sidecar."""
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", script], **more}


def sidecar(name: str = "side", **more: Any) -> dict[str, Any]:
    """A sidecar that works until it is told to end."""
    return init_container(name, IDLE.format(before=""), restartPolicy="Always", **more)


def pre_stop(script: str) -> dict[str, Any]:
    """A container's hook that runs before it is told to end."""
    return {"preStop": {"exec": {"command": ["sh", "-c", script]}}}
