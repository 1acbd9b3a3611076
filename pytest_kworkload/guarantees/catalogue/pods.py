"""Bare pods, and pods that come back."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "self-heal",
        "a deleted pod is replaced by a new one, and no other pod is missing meanwhile",
        "pkg/controller/replicaset/replica_set.go; test/e2e/apps/rc.go",
        details=(
            "a ReplicaSet replaces a deleted, failed or evicted pod as soon as it begins to go",
            "a DaemonSet creates a deleted or failed pod again for the same node",
        ),
    ),
    Guarantee(
        "pod-bare-not-recreated",
        "a pod without a controller is never created again",
        "test/e2e/common/node/pods.go",
        details=("only its containers are restarted",),
    ),
    Guarantee(
        "pod-readiness",
        "a pod is Ready only when its containers are, and when its probes and gates allow it",
        "pkg/kubelet/status/generate.go; test/e2e/common/node/container_probe.go",
    ),
    Guarantee(
        "pod-restart-in-place",
        "a container that ends is started again in the same pod",
        "pkg/kubelet/kuberuntime/kuberuntime_manager.go; test/e2e/common/node/runtime.go",
        details=(
            "it is restarted as restartPolicy says, on the same node, with a growing delay",
            "a container whose liveness probe fails failureThreshold times is killed and restarted; one whose probe succeeds is not",
        ),
    ),
    Guarantee(
        "pod-volumes-first",
        "no container of a pod starts before everything that its volumes need is there",
        "pkg/kubelet/volumemanager/volume_manager.go (WaitForAttachAndMount)",
        details=("all volumes of a pod are mounted before its first container starts",),
    ),
    Guarantee(
        "pod-init-order",
        "init containers run one at a time, each to exit code 0, and only then do the pod's own containers start",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go; test/e2e/common/node/init_container.go",
    ),
    Guarantee(
        "pod-sidecar-order",
        "a sidecar has started before anything after it begins, and ends after the pod's own containers",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go; test/e2e_node/container_lifecycle_test.go",
    ),
    Guarantee(
        "pod-downward-identity",
        "what a pod's containers are told about their pod is true",
        "pkg/fieldpath/fieldpath.go; test/e2e/common/node/downwardapi.go",
        details=("a pod's name, labels, address and node reach its containers as variables and files",),
    ),
    Guarantee(
        "pod-graceful-termination",
        "a deleted pod gets its grace period to shut down, and goes only when its containers have ended",
        "pkg/kubelet/kuberuntime/kuberuntime_container.go; test/e2e/node/pods.go",
        details=("a preStop hook runs within the grace period",),
    ),
    Guarantee(
        "pod-disruption-target",
        "whoever evicts a pod says so, and why, before the pod is deleted",
        "pkg/registry/core/pod/storage/eviction.go; test/e2e/node/taints.go",
        details=("the pod has the condition DisruptionTarget, with the reason",),
    ),
    Guarantee(
        "pod-mutable-fields",
        "in a pod's spec, the images, the deadline and further tolerations can be changed in place, and hardly anything else",
        "pkg/apis/core/validation/validation.go (ValidatePodUpdate)",
        details=("a container whose image is changed is restarted in the same pod",),
    ),
    Guarantee(
        "immutable-fields",
        "a field that its kind does not let you change, such as a selector or a Job's template, stays as it is",
        "staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go (ValidateImmutableField)",
    ),
    Guarantee(
        "observed",
        "an object's status is about the spec that it has now",
        "staging/src/k8s.io/api/apps/v1/types.go (observedGeneration)",
    ),
    Guarantee(
        "sts-failed-pod",
        "a pod that has finished is replaced; a StatefulSet's comes back under its own name",
        "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
    ),
)
