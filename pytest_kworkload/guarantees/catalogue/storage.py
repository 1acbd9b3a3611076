"""Claims and volumes."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sts-pvc-retain",
        "claims and their data outlive the pods that used them",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        details=("by default claims also outlive a scale-down and the StatefulSet, and the same ordinal uses them again",),
    ),
    Guarantee(
        "sts-pvc-delete-policy",
        "claims are deleted with the replicas, or with the StatefulSet, that used them, and no other claims are",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        details=("whenScaled: Delete is about the replicas that a scale-down takes, whenDeleted: Delete about the StatefulSet",),
    ),
    Guarantee(
        "sts-pvc-per-replica",
        "every replica has claims and volumes of its own",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        details=(
            "a StatefulSet's replica has a claim for each claim template",
            "a claim that the pod template names is one claim for all pods",
        ),
    ),
    Guarantee(
        "pvc-bound",
        "a claim and one volume belong to each other, and the volume is what the claim asks for",
        "pkg/controller/volume/persistentvolume/pv_controller.go; test/e2e/storage/volume_provisioning.go",
        details=(
            "a claim that names no class gets the default class",
            "of the volumes that are there and fit, a claim takes the smallest; if there is none, it waits",
        ),
    ),
    Guarantee(
        "pvc-wait-first-consumer",
        "with WaitForFirstConsumer a claim gets its volume only when a pod that uses it is scheduled, and one for that pod's node",
        "pkg/scheduler/framework/plugins/volumebinding/binder.go; test/e2e/storage/testsuites/provisioning.go",
    ),
    Guarantee(
        "pvc-in-use-protection",
        "a claim that a pod uses, or a volume that a claim has, is deleted only when it is free",
        "pkg/controller/volume/pvcprotection/pvc_protection_controller.go; test/e2e/storage/pvc_protection.go",
        details=("a scheduled pod uses its claims until it is deleted, even after it has finished",),
    ),
    Guarantee(
        "pvc-expand",
        "a claim that asks for more storage gets it, if its class allows expansion",
        "pkg/controller/volume/expand/expand_controller.go; test/e2e/storage/testsuites/volume_expand.go",
        details=("a claim never gets smaller",),
    ),
    Guarantee(
        "pvc-unused-condition",
        "a claim's condition Unused says within seconds whether a pod uses it",
        "pkg/controller/volume/pvcprotection/pvc_protection_controller.go; test/e2e/storage/csimock/csi_pvc_unused_condition.go",
    ),
    Guarantee(
        "pv-reclaim",
        "a volume whose claim was deleted is deleted or kept, as its reclaim policy says",
        "pkg/controller/volume/persistentvolume/pv_controller.go; test/e2e/storage/csimock/csi_honor_pv_reclaim_policy.go",
        details=("a volume that is kept is Released, and no other claim gets it",),
    ),
    Guarantee(
        "vol-ephemeral-lifetime",
        "an ephemeral volume lives exactly as long as its pod: it outlives the containers, but not the pod",
        "pkg/controller/volume/ephemeral/controller.go; test/e2e/storage/testsuites/ephemeral.go",
        details=("an emptyDir and the claim of a generic ephemeral volume are such volumes",),
    ),
    Guarantee(
        "pvc-data-survives-pod",
        "what a pod wrote to a claim can be read by a later pod that uses the claim",
        "test/e2e/storage/testsuites/volumes.go; test/e2e/storage/testsuites/multivolume.go",
    ),
    Guarantee(
        "pvc-shared-no-lock",
        "no update is lost, because no two replicas write to the same volume",
        "pkg/controller/statefulset/stateful_set_utils.go (getPersistentVolumeClaims)",
        details=("Kubernetes gives no lock to replicas that share a claim; those with claims of their own need none",),
    ),
    Guarantee(
        "pv-access-rwop",
        "while one pod uses a ReadWriteOncePod claim, a second one that needs it is not scheduled",
        "pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go; test/e2e/storage/testsuites/readwriteoncepod.go",
    ),
    Guarantee(
        "pv-access-rwx",
        "pods on several nodes that share a ReadWriteMany claim read each other's writes",
        "test/e2e/storage/testsuites/multivolume.go",
    ),
    Guarantee(
        "pv-access-rwo",
        "pods on one node share a ReadWriteOnce volume, and those on another node wait",
        "pkg/controller/volume/attachdetach/reconciler/reconciler.go",
        awaits="needs volumes that are attached to nodes, which no provider here has",
    ),
    Guarantee(
        "pv-detach-before-attach",
        "a volume is attached to another node only after it was detached from the first",
        "pkg/controller/volume/attachdetach/attach_detach_controller.go; test/e2e/storage/non_graceful_node_shutdown.go",
        awaits="needs volumes that are attached to nodes, which no provider here has",
    ),
    Guarantee(
        "pv-attach-limit",
        "no more volumes of a driver are attached to a node than the driver allows",
        "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go; test/e2e/storage/testsuites/volumelimits.go",
        awaits="needs volumes that are attached to nodes, which no provider here has",
    ),
)
