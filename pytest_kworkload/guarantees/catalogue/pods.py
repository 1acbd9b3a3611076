"""Bare pods, and pods that come back."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "self-heal",
        "a deleted pod is replaced by a new one, and no other pod is missed meanwhile",
        "pkg/controller/replicaset/replica_set.go; test/e2e/apps/rc.go",
        details=(
            "a deleted, failed or evicted pod is replaced as soon as it is told to go",
            "a deleted or failed pod is created again for the same node",
        ),
    ),
    Guarantee(
        "pod-bare-not-recreated",
        "a pod without a controller is never created again",
        "test/e2e/common/node/pods.go",
        details=("a pod without a controller is never created again; only its containers are restarted",),
    ),
    Guarantee(
        "pod-readiness",
        "a pod is Ready only when its containers are, and when its probes and gates allow it",
        "pkg/kubelet/status/generate.go; test/e2e/common/node/container_probe.go",
        details=("a pod is Ready when its containers are and its readiness gates are True, not before its probes allow it",),
    ),
    Guarantee(
        "pod-restart-in-place",
        "a container that ends is started again in the same pod",
        "pkg/kubelet/kuberuntime/kuberuntime_manager.go; test/e2e/common/node/runtime.go",
        details=(
            "a container that ends is restarted as restartPolicy says, in the same pod, on the same node, with a growing delay",
            "a container whose liveness probe fails failureThreshold times is killed and restarted, one whose probe succeeds is not",
        ),
    ),
    Guarantee(
        "pod-volumes-first",
        "no container of a pod starts before what its volumes need is there",
        "pkg/kubelet/volumemanager/volume_manager.go (WaitForAttachAndMount)",
        details=("no container starts before all volumes of its pod are mounted",),
    ),
    Guarantee(
        "pod-init-order",
        "init containers run one by one to their end, and only then the pod's own containers start",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go; test/e2e/common/node/init_container.go",
        details=("init containers run one by one, each to exit code 0, before any other container",),
    ),
    Guarantee(
        "pod-sidecar-order",
        "a sidecar has started before what comes after it, and ends after the pod's own containers",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go; test/e2e_node/container_lifecycle_test.go",
        details=("a sidecar starts before what comes after it, runs beside the pod's containers and ends after them",),
    ),
    Guarantee(
        "pod-downward-identity",
        "what a pod's containers are told of their pod is so",
        "pkg/fieldpath/fieldpath.go; test/e2e/common/node/downwardapi.go",
        details=("a pod's name, labels, address and node reach its containers as variables and files",),
    ),
    Guarantee(
        "pod-graceful-termination",
        "a deleted pod has its grace period to end, and goes when its containers have ended",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go; test/e2e/node/pods.go",
        details=("a deleted pod has its grace period, preStop hook included, and goes when its containers have ended",),
    ),
    Guarantee(
        "pod-disruption-target",
        "who evicts a pod says so, and why, before the pod is deleted",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/node/taints.go",
        details=("who evicts a pod sets the condition DisruptionTarget with his reason before he deletes it",),
    ),
    Guarantee(
        "pod-mutable-fields",
        "of a pod's spec the images, the deadline and further tolerations can be changed in place, and hardly anything else",
        "pkg/apis/core/validation/validation.go (ValidatePodUpdate)",
        details=("of a running pod the images can be changed, and the container is restarted in place; most other fields cannot",),
    ),
    Guarantee(
        "immutable-fields",
        "a field that its kind does not let you change stays as it is, such as a selector or a Job's template",
        "staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go (ValidateImmutableField)",
    ),
    Guarantee(
        "observed",
        "an object's status is about the spec that it has now",
        "staging/src/k8s.io/api/apps/v1/types.go (observedGeneration)",
    ),
    Guarantee(
        "sts-failed-pod",
        "a pod that has finished is replaced, a replica's under its own name",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        details=("a replica whose pod has finished is created again under its name",),
    ),
)
