"""Updates of Deployments, and rollouts of every kind of workload."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "deploy-rolling-available",
        "during a rolling update enough pods stay available",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
        details=("enough are replicas - maxUnavailable (rounded down)",),
    ),
    Guarantee(
        "deploy-rolling-surge",
        "during a rolling update no more pods are wanted beyond the replicas than the surge allows",
        "pkg/controller/deployment/util/deployment_util.go (NewRSNewReplicas); test/utils/deployment.go",
        details=("the ReplicaSets together want at most replicas + maxSurge (rounded up) pods",),
    ),
    Guarantee(
        "deploy-bad-rollout-keeps-old",
        "the rollout of a version that never becomes available stalls, and the old version stays",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
        details=("replicas - maxUnavailable pods of the old version stay available",),
    ),
    Guarantee(
        "deploy-progress-deadline",
        "a rollout that makes no progress for progressDeadlineSeconds is reported, and nothing else is done about it",
        "pkg/controller/deployment/progress.go; test/e2e/apps/deployment.go",
        details=("it is reported in the condition Progressing, and the controller goes on trying",),
    ),
    Guarantee(
        "rollout-complete",
        "every pod has the template that the object has now, and is available",
        "pkg/controller/deployment/util/deployment_util.go (DeploymentComplete)",
    ),
    Guarantee(
        "rollback",
        "going back to an older template uses its old revision again, and leaves pods that already have it alone",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
        details=("the revision (a Deployment's ReplicaSet, otherwise a ControllerRevision) gets the next number",),
    ),
    Guarantee(
        "revision-per-template",
        "a new pod template makes a revision, and nothing else does",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
        details=("each template of a Deployment has one ReplicaSet, named by the template's hash",),
    ),
    Guarantee(
        "template-inert",
        "in a ReplicaSet, with OnDelete or while paused, a changed template touches no pod that is there",
        "pkg/controller/replicaset/replica_set.go; pkg/controller/deployment/sync.go; test/e2e/apps/statefulset.go",
        details=(
            "a ReplicaSet gives a new template to later pods only",
            "a paused Deployment does not roll a new template out; it can be scaled",
            "with updateStrategy OnDelete a new template waits until pods are deleted",
            "a StatefulSet's partition that is not below the replicas keeps all of them as they are",
        ),
    ),
    Guarantee(
        "deploy-recreate",
        "with strategy Recreate no new pod is created while an old one is still there",
        "pkg/controller/deployment/recreate.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "deploy-rollover",
        "a new template in the middle of a rollout starts the newest version at once, and all older versions go",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "deploy-proportional-scale",
        "scaling in the middle of a rollout is spread over the ReplicaSets in proportion to their sizes",
        "pkg/controller/deployment/sync.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "deploy-history-limit",
        "of the versions that are no longer in use, the newest revisionHistoryLimit are kept and the others deleted",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
    ),
)
