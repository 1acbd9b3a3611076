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
        "deploy-bad-rollout-keeps-old",
        "a version that never becomes available stalls, and the old one stays",
        "pkg/controller/deployment/rolling.go; test/e2e/apps/deployment.go",
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
        "template-inert",
        "a changed template touches no pod that is there",
        "pkg/controller/replicaset/replica_set.go; pkg/controller/deployment/sync.go; test/e2e/apps/statefulset.go",
    ),
)
