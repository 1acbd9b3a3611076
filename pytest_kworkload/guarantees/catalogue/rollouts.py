"""Updates of Deployments, and rollouts of every kind of workload."""

from __future__ import annotations

from .guarantee import Guarantee

GUARANTEES = (
    Guarantee(
        "deploy-rolling-available",
        "during a rolling update enough pods stay available",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "deploy-rolling-surge",
        "during a rolling update few enough pods are wanted beyond the replicas",
        "pkg/controller/deployment/util/deployment_util.go (NewRSNewReplicas); test/utils/deployment.go",
    ),
    Guarantee(
        "deploy-bad-rollout-keeps-old",
        "a version that never becomes available stalls, and the old one stays",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "deploy-progress-deadline",
        "a rollout that makes no progress is reported when its time is up, and nothing else is done about it",
        "pkg/controller/deployment/progress.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "rollout-complete",
        "every pod has the template that the object has now, and is available",
        "pkg/controller/deployment/util/deployment_util.go (DeploymentComplete)",
    ),
    Guarantee(
        "rollback",
        "going back to an older template uses its old revision again",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
    ),
    Guarantee(
        "revision-per-template",
        "a new pod template makes a revision, and nothing else does",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
    ),
    Guarantee(
        "template-inert",
        "a changed template touches no pod that is there",
        "pkg/controller/replicaset/replica_set.go; pkg/controller/deployment/sync.go; test/e2e/apps/statefulset.go",
    ),
    Guarantee(
        "deploy-recreate",
        "with strategy Recreate no new pod is created while an old one is still there",
        "pkg/controller/deployment/recreate.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "deploy-rollover",
        "a change in the middle of a rollout starts the newest version at once, and all older ones go",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "deploy-proportional-scale",
        "scaling in the middle of a rollout is spread over the versions by their sizes",
        "pkg/controller/deployment/sync.go; test/e2e/apps/deployment.go",
    ),
    Guarantee(
        "deploy-history-limit",
        "of the versions that are not in use any more, the newest few are kept and the others go",
        "pkg/controller/deployment/sync.go; pkg/controller/history/controller_history.go",
    ),
)
