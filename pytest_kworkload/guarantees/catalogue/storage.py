"""Claims and volumes."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "sts-pvc-retain",
        "claims and their data outlive the pods that used them",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-pvc-delete-policy",
        "claims go with the replicas, or with the set, that used them, and no others do",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "sts-pvc-per-replica",
        "every replica has claims and volumes of its own",
        "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "pvc-bound",
        "a claim and one volume belong to each other, and the volume is what the claim asks for",
        "pkg/controller/volume/persistentvolume/pv_controller.go; test/e2e/storage/volume_provisioning.go",
    ),
    Guarantee(
        "pvc-wait-first-consumer",
        "a claim gets its volume only when a pod that uses it is scheduled, and where that pod is",
        "pkg/scheduler/framework/plugins/volumebinding/binder.go; test/e2e/storage/testsuites/provisioning.go",
    ),
    Guarantee(
        "pvc-in-use-protection",
        "a claim that is used by a pod, or a volume that a claim has, goes only when it is free",
        "pkg/controller/volume/pvcprotection/pvc_protection_controller.go; test/e2e/storage/pvc_protection.go",
    ),
    Guarantee(
        "pvc-expand",
        "a claim that asks for more gets more, if its class allows that",
        "pkg/controller/volume/expand/expand_controller.go; test/e2e/storage/testsuites/volume_expand.go",
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
    ),
    Guarantee(
        "vol-ephemeral-lifetime",
        "an ephemeral volume lives as long as its pod: longer than a container, and no longer than the pod",
        "pkg/controller/volume/ephemeral/controller.go; test/e2e/storage/testsuites/ephemeral.go",
    ),
    Guarantee(
        "pvc-data-survives-pod",
        "what was written through a claim is read by a later pod that uses the claim",
        "test/e2e/storage/testsuites/volumes.go; test/e2e/storage/testsuites/multivolume.go",
    ),
    Guarantee(
        "pvc-shared-no-lock",
        "no update is lost, because no two replicas write to the same volume",
        "pkg/controller/statefulset/stateful_set_utils.go (getPersistentVolumeClaims)",
    ),
    Guarantee(
        "pv-access-rwop",
        "a ReadWriteOncePod claim that one pod has is not given to a second one",
        "pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go; test/e2e/storage/testsuites/readwriteoncepod.go",
    ),
    Guarantee(
        "pv-access-rwx",
        "pods of several nodes that share a claim read each other's writes",
        "test/e2e/storage/testsuites/multivolume.go",
    ),
)
