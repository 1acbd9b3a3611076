"""The guarantees by their ids, in one sentence each, with the place in Kubernetes that makes the promise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guarantee:
    id: str
    says: str
    source: str


CATALOGUE = {
    one.id: one
    for one in (
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
            "self-heal",
            "a deleted pod is replaced by a new one, and no other pod is missed meanwhile",
            "pkg/controller/replicaset/replica_set.go; test/e2e/apps/rc.go",
        ),
        Guarantee(
            "pod-bare-not-recreated",
            "a pod without a controller is never created again",
            "test/e2e/common/node/pods.go",
        ),
        Guarantee(
            "sts-ordered-start",
            "each replica is created only when all lower ones are available",
            "pkg/controller/statefulset/stateful_set_control.go; test/e2e/apps/statefulset.go",
        ),
        Guarantee(
            "sts-identity",
            "a replica comes back under its own name, host name and claims",
            "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        ),
        Guarantee(
            "sts-pvc-retain",
            "claims and their data outlive the pods that used them",
            "pkg/controller/statefulset/stateful_set_utils.go; test/e2e/apps/statefulset.go",
        ),
        Guarantee(
            "ds-one-per-node",
            "exactly one daemon pod on every eligible node, and none elsewhere",
            "pkg/controller/daemon/daemon_controller.go; test/e2e/apps/daemon_set.go",
        ),
    )
}
