"""Updates of Deployments, and rollouts of every kind of workload."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "deploy-rolling-available",
        "during a rolling update enough pods stay available",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
        details=("during a rolling update at least replicas - maxUnavailable (rounded down) pods are available",),
    ),
    Guarantee(
        "deploy-rolling-surge",
        "during a rolling update few enough pods are wanted beyond the replicas",
        "pkg/controller/deployment/util/deployment_util.go (NewRSNewReplicas); test/utils/deployment.go",
        details=("during a rolling update the ReplicaSets have at most replicas + maxSurge (rounded up) pods together",),
    ),
    Guarantee(
        "deploy-bad-rollout-keeps-old",
        "a version that never becomes available stalls, and the old one stays",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
        details=("a version that never becomes available stalls, and the old one keeps replicas - maxUnavailable pods",),
    ),
    Guarantee(
        "deploy-progress-deadline",
        "a rollout that makes no progress is reported when its time is up, and nothing else is done about it",
        "pkg/controller/deployment/progress.go; test/e2e/apps/deployment.go",
        details=("a rollout without progress for progressDeadlineSeconds says so in its condition, and goes on trying",),
    ),
    Guarantee(
        "rollout-complete",
        "every pod has the template that the object has now, and is available",
        "pkg/controller/deployment/util/deployment_util.go (DeploymentComplete)",
        details=("a rollout is complete when all replicas are updated and available, of the generation that the object has now",),
    ),
    Guarantee(
        "rollback",
        "going back to an older template uses its old revision again",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
        details=(
            "an older template uses its ReplicaSet again, under the next revision number",
            "an older template uses its ControllerRevision again",
            "an older template uses its ControllerRevision again, and pods that are of it already are left alone",
        ),
    ),
    Guarantee(
        "revision-per-template",
        "a new pod template makes a revision, and nothing else does",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
        details=("each template has one ReplicaSet, named by its hash; what is no part of the template makes no version",),
    ),
    Guarantee(
        "template-inert",
        "a changed template touches no pod that is there",
        "pkg/controller/replicaset/replica_set.go; pkg/controller/deployment/sync.go; test/e2e/apps/statefulset.go",
        details=(
            "a new template touches no pod that is there; later pods have it",
            "while a Deployment is paused a new template is not rolled out; scaling works",
            "with updateStrategy OnDelete a new template waits until pods are deleted",
            "with updateStrategy OnDelete a new template waits until pods are deleted",
        ),
    ),
    Guarantee(
        "deploy-recreate",
        "with strategy Recreate no new pod is created while an old one is still there",
        "pkg/controller/deployment/recreate.go; test/e2e/apps/deployment.go",
        details=("with strategy Recreate no pod of the new version is created while one of an older version is there",),
    ),
    Guarantee(
        "deploy-rollover",
        "a change in the middle of a rollout starts the newest version at once, and all older ones go",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
        details=("a change in the middle of a rollout starts the newest version at once; all older ones go",),
    ),
    Guarantee(
        "deploy-proportional-scale",
        "scaling in the middle of a rollout is spread over the versions by their sizes",
        "pkg/controller/deployment/sync.go; test/e2e/apps/deployment.go",
        details=("scaling in the middle of a rollout is spread over the ReplicaSets by their sizes",),
    ),
    Guarantee(
        "deploy-history-limit",
        "of the versions that are not in use any more, the newest few are kept and the others go",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
        details=("after a rollout at most revisionHistoryLimit old ReplicaSets are kept",),
    ),
)
