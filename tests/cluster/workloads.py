"""Good workloads, each a function, so that a test can say in one line what it changes about one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IMAGE = "busybox:1.35.0"

# A process that ends at once when it is told to, so that a test does not wait for a grace period.
IDLE = "trap 'exit 0' TERM; {before}touch /tmp/ready; while :; do sleep 1 & wait $!; done"

# The same, and a test can end it: STOP, run in the container. (Killed from inside, it would take the command that kills it along.)
STOPPABLE = "trap 'exit 0' TERM; touch /tmp/ready; while [ ! -e /tmp/stop ]; do sleep 0.2 & wait $!; done"
STOP = "touch /tmp/stop"

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


def tolerating(key: str, seconds: int | None = None) -> dict[str, Any]:
    """A toleration of a NoExecute taint, for so many seconds."""
    limit = {} if seconds is None else {"tolerationSeconds": seconds}
    return {"key": key, "operator": "Exists", "effect": "NoExecute", **limit}


def impatient(seconds: int) -> list[dict[str, Any]]:
    """The tolerations with which a pod stays so many seconds on a node that is not heard of, and not for 300.

    On one that is only not ready it stays longer: a kubelet that begins again is that for a moment, longer on a busy machine.
    """
    return [tolerating("node.kubernetes.io/not-ready", 60), tolerating("node.kubernetes.io/unreachable", seconds)]


def configured(**how: Any) -> dict[str, Any]:
    """A pod with the ConfigMap settings as a volume, and an init container that needs it."""
    pod = mounting({"configMap": {"name": "settings", **how}}, at="/etc/settings")
    init = init_container("init", "ls /etc/settings", volumeMounts=pod["containers"][0]["volumeMounts"])
    return bare_pod(pod={**pod, "initContainers": [init]})


def settings() -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"colour": "red"}}


def informed(**labels: str) -> dict[str, Any]:
    """A pod that is told its name and its label colour."""
    pod = pod_spec()
    fields = {"NAME": "metadata.name", "NODE": "spec.nodeName", "COLOUR": "metadata.labels['colour']"}
    pod["containers"][0]["env"] = [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()]
    return bare_pod(labels={"colour": "red", **labels}, pod=pod)


def init_container(name: str, script: str, **more: Any) -> dict[str, Any]:
    """An init container that runs a script; with restartPolicy Always it is a sidecar."""
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", script], **more}


def sidecar(name: str = "side", **more: Any) -> dict[str, Any]:
    """A sidecar that works until it is told to end."""
    return init_container(name, IDLE.format(before=""), restartPolicy="Always", **more)


def pre_stop(script: str) -> dict[str, Any]:
    """A container's hook that runs before it is told to end."""
    return {"preStop": {"exec": {"command": ["sh", "-c", script]}}}


def claim(name: str = "data", storage_class: str | None = None, *, mode: str = "ReadWriteOnce", **spec: Any) -> dict[str, Any]:
    """A claim of 1Mi; without a class it gets the default one."""
    wanted: dict[str, Any] = {"accessModes": [mode], "resources": {"requests": {"storage": "1Mi"}}, **spec}
    if storage_class is not None:
        wanted["storageClassName"] = storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": wanted}


def volume(name: str, *, policy: str = "Retain") -> dict[str, Any]:
    """A volume that somebody made, for the class ''. It is an object of the cluster, so its name must be the test's own."""
    spec = {
        "capacity": {"storage": "1Mi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": policy,
        "hostPath": {"path": "/tmp"},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def mounting(source: Mapping[str, Any] | str, *, at: str = "/data", pod: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The pod with a volume; a text is the name of a claim."""
    spec = dict(pod or pod_spec())
    volume = {"persistentVolumeClaim": {"claimName": source}} if isinstance(source, str) else source
    spec["containers"] = [{**spec["containers"][0], "volumeMounts": [{"name": "data", "mountPath": at}]}]
    return {**spec, "volumes": [{"name": "data", **volume}]}


def ephemeral() -> dict[str, Any]:
    """A volume with a claim of its own, made for one pod."""
    return {"ephemeral": {"volumeClaimTemplate": {"spec": claim()["spec"]}}}


def beside(app: str) -> dict[str, Any]:
    """The term of an affinity to the pods with this label app, by node."""
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": "kubernetes.io/hostname"}


def apart(pod: Mapping[str, Any], app: str) -> dict[str, Any]:
    """The pod, on another node than the others of its app."""
    return {**pod, "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [beside(app)]}}}


def together(pod: Mapping[str, Any], app: str) -> dict[str, Any]:
    """The pod, on a node with one of another app."""
    return {**pod, "affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [beside(app)]}}}


def holding(port: int, **spec: Any) -> dict[str, Any]:
    """A pod on node-0 that holds a port of it, which one pod at a time can have."""
    pod = pod_spec()
    pod["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": port}]
    return {**pod, "nodeSelector": {"kubernetes.io/hostname": "node-0"}, **spec}


def priority_class(name: str, value: int, **more: Any) -> dict[str, Any]:
    """An object of the cluster, so its name must be the test's own."""
    return {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value, **more}


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    """A Service for the pods with the label app of its name."""
    wanted = {"selector": {"app": name}, "ports": [{"port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": wanted}


# A web server that says hello, and ends at once when it is told to. It is made of what every Linux has.
HELLO = r"""
use IO::Socket::INET; $SIG{TERM} = sub { exit };
my $listener = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
    while (<$client>) { last if /^\r?$/ }
    print $client "HTTP/1.0 200 OK\r\n\r\nhello\n";
}
"""

# A request to it, for assert_no_lost_requests.
_ASK = r"""exec 2>/dev/null 3<>/dev/tcp/$HOST/$PORT && printf "GET / HTTP/1.0\r\n\r\n" >&3 && grep -q hello <&3"""
ASK = f"timeout 2 bash -c '{_ASK}' || false"


def server(*, drain: int = 2, late: int = 0, probe: bool = True) -> dict[str, Any]:
    """A pod that serves port 8080, from so many seconds after its start until so many after it is told to end."""
    container: dict[str, Any] = {
        "name": "main",
        "image": "debian:12",
        "command": ["sh", "-c", f'sleep {late}; exec perl -e "$0"', HELLO],
        "ports": [{"containerPort": 8080}],
    }
    if drain:
        container["lifecycle"] = pre_stop(f"sleep {drain}")
    if probe:
        container["readinessProbe"] = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
    return {"containers": [container], "terminationGracePeriodSeconds": drain + 3}


def served(**spec: Any) -> list[dict[str, Any]]:
    """Two servers behind a Service, and a client."""
    client = {**pod_spec(probe=False), "terminationGracePeriodSeconds": 1}
    return [
        service(ports=[{"port": 80, "targetPort": 8080}]),
        deployment(replicas=2, strategy=rolling(0, 1), **{"pod": server(), **spec}),
        bare_pod("client", pod=client),
    ]


def budget(name: str = "web", *, app: str = "web", **spec: Any) -> dict[str, Any]:
    """A PodDisruptionBudget for the pods with this label app."""
    wanted = {"selector": {"matchLabels": {"app": app}}, **spec}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": wanted}


def job(name: str = "sum", *, command: str = "exit 0", completions: int = 2, parallelism: int = 2, **spec: Any) -> dict[str, Any]:
    """A Job whose pods run once; none is tried again."""
    pod = {**pod_spec(command=command, probe=False), "restartPolicy": "Never"}
    wanted = {"completions": completions, "parallelism": parallelism, "backoffLimit": 0, "template": {"spec": pod}, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": wanted}


def slow_job(name: str = "sum", *, seconds: int = 3, **spec: Any) -> dict[str, Any]:
    """A Job of one pod that works until it is told to end, and takes so long to do that."""
    found = job(name, command=f"trap 'sleep {seconds}; exit 1' TERM; while :; do sleep 1 & wait $!; done", completions=1, parallelism=1)
    found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 10
    found["spec"].update(spec)
    return found


def made_by(owner: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of an object that the owner controls, as if it had made it."""
    reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": True}
    reference |= {"name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    return {**manifest, "metadata": {**manifest["metadata"], "ownerReferences": [reference]}}


def spread(app: str = "web", *, max_skew: int = 1, unsatisfiable: str = "DoNotSchedule") -> dict[str, Any]:
    """A pod that is spread over the nodes."""
    constraint = {
        "maxSkew": max_skew,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": unsatisfiable,
        "labelSelector": {"matchLabels": {"app": app}},
    }
    return {**pod_spec(), "topologySpreadConstraints": [constraint]}


def asking(cpu: str, **spec: Any) -> dict[str, Any]:
    """A pod that asks for so much CPU."""
    pod = pod_spec()
    pod["containers"][0]["resources"] = {"requests": {"cpu": cpu}}
    return {**pod, **spec}


def cron_job(name: str = "tick", *, policy: str = "Forbid", command: str = STOPPABLE, **spec: Any) -> dict[str, Any]:
    """A Job every minute, of one pod that works for longer than that."""
    wanted = {"schedule": "* * * * *", "concurrencyPolicy": policy, **spec}
    wanted["jobTemplate"] = {"spec": job(command=command, completions=1, parallelism=1)["spec"]}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": wanted}


def new_version(container: str = "main", **changes: Any) -> dict[str, Any]:
    """A patch of the pod template: an update of the workload."""
    return {"spec": {"template": {"spec": {"containers": [{"name": container, "env": [{"name": "V", "value": "2"}], **changes}]}}}}


def never_ready() -> dict[str, Any]:
    """A patch of the pod template: a version that runs and does not become ready."""
    return new_version(command=["sh", "-c", IDLE.format(before="").replace("touch /tmp/ready; ", "")])


def without_an_image(**spec: Any) -> dict[str, Any]:
    """A patch: a version whose image does not exist, and these fields of the workload's spec."""
    return {"spec": {**spec, **new_version(image="busybox:does-not-exist")["spec"]}}


def version(number: int) -> dict[str, Any]:
    """A patch of the pod template: an update that differs from those of other numbers."""
    return new_version(env=[{"name": "V", "value": str(number)}])


def user(name: str = "user", claim: str = "data") -> dict[str, Any]:
    """A pod that uses the claim."""
    return bare_pod(name, pod=mounting(claim))


def sharing_a_claim(pod: Mapping[str, Any] | None = None, *, replicas: int = 2) -> list[dict[str, Any]]:
    """A Deployment whose pods share a claim that every node can use."""
    return [claim(storage_class="shared", mode="ReadWriteMany"), deployment(replicas=replicas, pod=mounting("data", pod=pod))]
