"""Claims and volumes."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sts-pvc-retain",
        "claims and their data outlive the pods that used them",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        details=("by default claims outlive pods, a smaller size and the set, and are used again by the same ordinal",),
    ),
    Guarantee(
        "sts-pvc-delete-policy",
        "claims go with the replicas, or with the set, that used them, and no others do",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        details=("whenScaled and whenDeleted Delete take claims along with the replicas that go, or with the set",),
    ),
    Guarantee(
        "sts-pvc-per-replica",
        "every replica has claims and volumes of its own",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        details=(
            "each replica has a claim of its own for each claim template",
            "a claim in the template is one claim for the pods of all nodes",
        ),
    ),
    Guarantee(
        "pvc-bound",
        "a claim and one volume belong to each other, and the volume is what the claim asks for",
        "pkg/controller/volume/persistentvolume/pv_controller.go; test/e2e/storage/volume_provisioning.go",
        details=(
            "a claim gets a volume that is what it asks for, and the two belong to each other",
            "a claim without a class gets the default one",
            "a claim takes the smallest volume that is there and fits; one without waits",
        ),
    ),
    Guarantee(
        "pvc-wait-first-consumer",
        "a claim gets its volume only when a pod that uses it is scheduled, and where that pod is",
        "pkg/scheduler/framework/plugins/volumebinding/binder.go; test/e2e/storage/testsuites/provisioning.go",
        details=("with WaitForFirstConsumer a claim gets its volume when a pod is scheduled, and where that pod is",),
    ),
    Guarantee(
        "pvc-in-use-protection",
        "a claim that is used by a pod, or a volume that a claim has, goes only when it is free",
        "pkg/controller/volume/pvcprotection/pvc_protection_controller.go; test/e2e/storage/pvc_protection.go",
        details=(
            "a deleted claim stays as long as a scheduled pod uses it",
            "a deleted volume stays as long as a claim has it",
        ),
    ),
    Guarantee(
        "pvc-expand",
        "a claim that asks for more gets more, if its class allows that",
        "pkg/controller/volume/expand/expand_controller.go; test/e2e/storage/testsuites/volume_expand.go",
        details=("a claim can be made larger if its class allows it, never smaller",),
    ),
    Guarantee(
        "pvc-unused-condition",
        "a claim's condition Unused says within seconds whether a pod uses it",
        "pkg/controller/volume/pvcprotection/pvc_protection_controller.go; test/e2e/storage/csimock/csi_pvc_unused_condition.go",
        details=("a claim that no pod uses says so in the condition Unused",),
    ),
    Guarantee(
        "pv-reclaim",
        "a volume whose claim was deleted is deleted or kept, as its reclaim policy says",
        "pkg/controller/volume/persistentvolume/pv_controller.go; test/e2e/storage/csimock/csi_honor_pv_reclaim_policy.go",
        details=(
            "with reclaim policy Delete the volume goes with its claim",
            "with reclaim policy Retain the volume is kept, for nobody, when its claim has gone",
        ),
    ),
    Guarantee(
        "vol-ephemeral-lifetime",
        "an ephemeral volume lives as long as its pod: longer than a container, and no longer than the pod",
        "pkg/controller/volume/ephemeral/controller.go; test/e2e/storage/testsuites/ephemeral.go",
        details=("an emptyDir or a generic ephemeral claim lives as long as its pod, longer than a container",),
    ),
    Guarantee(
        "pvc-data-survives-pod",
        "what was written through a claim is read by a later pod that uses the claim",
        "test/e2e/storage/testsuites/volumes.go; test/e2e/storage/testsuites/multivolume.go",
        details=("what was written through a claim is read by a later pod that uses it",),
    ),
    Guarantee(
        "pvc-shared-no-lock",
        "no update is lost, because no two replicas write to the same volume",
        "pkg/controller/statefulset/stateful_set_utils.go (getPersistentVolumeClaims)",
        details=("not promised: replicas that share a claim exclude one another; those with claims of their own need not",),
    ),
    Guarantee(
        "pv-access-rwop",
        "a ReadWriteOncePod claim that one pod has is not given to a second one",
        "pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go; test/e2e/storage/testsuites/readwriteoncepod.go",
        details=("ReadWriteOncePod: the claim is one pod's, a second one waits",),
    ),
    Guarantee(
        "pv-access-rwx",
        "pods of several nodes that share a claim read each other's writes",
        "test/e2e/storage/testsuites/multivolume.go",
        details=("ReadWriteMany: pods of several nodes read each other's writes",),
    ),
    Guarantee(
        "pv-access-rwo",
        "ReadWriteOnce: pods of one node share the volume, those of another node wait",
        "pkg/controller/volume/attachdetach/reconciler/reconciler.go",
        awaits="needs a volume that is attached to nodes, which no provider here has",
    ),
    Guarantee(
        "pv-detach-before-attach",
        "an attachable volume is attached to another node only after it was detached",
        "pkg/controller/volume/attachdetach/attach_detach_controller.go; test/e2e/storage/non_graceful_node_shutdown.go",
        awaits="needs a volume that is attached to nodes, which no provider here has",
    ),
    Guarantee(
        "pv-attach-limit",
        "a node has no more attached volumes of a driver than it can bear",
        "pkg/scheduler/framework/plugins/nodevolumelimits/csi.go; test/e2e/storage/testsuites/volumelimits.go",
        awaits="needs a volume that is attached to nodes, which no provider here has",
    ),
)
