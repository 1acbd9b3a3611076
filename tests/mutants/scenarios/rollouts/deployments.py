"""Strategies, the middle of a rollout, and the versions that are kept."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_kworkload import (
    Namespace,
    assert_eventually,
    assert_progress_deadline,
    assert_proportional_scaling,
    assert_recreate,
    assert_revision_history,
    assert_rollover,
)

from ....cluster import workloads
from ....cluster.rollouts.test_deployments import scaled_by_another, without_an_image
from ...scenario import Manifests, Mutant, Scenario, put
from .updates import NEW_VERSION

READY: Any = workloads.pod_spec()["containers"][0]["command"]
NEVER_READY: Any = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]


def version(**changes: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": "main", **changes}]}}}}


def _applied(kworkload: Namespace, manifests: Manifests) -> Any:
    return kworkload.apply(manifests).wait_ready().deployment("web")


def _begun(kworkload: Namespace, web: Any, pods: tuple[int, ...] = (2, 3)) -> None:
    """In the middle of an update to a version that does not become ready."""
    web.patch(version(command=NEVER_READY))
    assert_eventually(
        kworkload.objects("ReplicaSet"),
        lambda sets: tuple(sorted(one["status"]["replicas"] for one in sets)) == pods,
        says=f"ReplicaSets of {pods} pods",
    )


def recreated(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_recreate(web):
        web.patch(NEW_VERSION)


def _by_force(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_recreate(web):
        (pod,) = web.pods()
        web.scale(0)
        pod.delete(grace_seconds=0)
        web.patch({"spec": {"replicas": 1, **NEW_VERSION["spec"]}})


def _scaled(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_recreate(web):
        web.scale(2)


def rolled_over(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_rollover(web):
        _begun(kworkload, web)
        web.patch(version(command=READY, env=[{"name": "V", "value": "3"}]))


def _after_the_rollout(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_rollover(web):
        web.patch(NEW_VERSION).wait_ready()
        web.patch(version(env=[{"name": "V", "value": "3"}]))


def _an_older_one_is_scaled(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_rollover(web):
        _begun(kworkload, web)
        older = web.replica_sets()[1]["metadata"]["name"]
        web.patch(version(command=READY, env=[{"name": "V", "value": "3"}]))
        assert_eventually(kworkload.objects("ReplicaSet"), lambda sets: len(sets) == 3, says="three versions")
        kworkload.client.scale("ReplicaSet", older, 9, kworkload.name)


def spread(kworkload: Namespace, manifests: Manifests, *cluster: Any) -> None:
    web = _applied(kworkload, manifests)
    _begun(kworkload, web)
    with assert_proportional_scaling(web):
        web.scale(9)


def _not_in_a_rollout(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_proportional_scaling(web):
        web.scale(9)


def _recreate_instead(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    _begun(kworkload, web, (0, 4))
    with assert_proportional_scaling(web):
        web.scale(5)


def _by_another(kworkload: Namespace, manifests: Manifests, cluster: Any) -> None:
    web = _applied(kworkload, manifests)
    _begun(kworkload, web)
    with assert_proportional_scaling(web), cluster.stopped("kube-controller-manager"):
        scaled_by_another(kworkload, web)


def limited(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    for n in ("2", "3"):
        web.patch(version(env=[{"name": "V", "value": n}])).wait_ready()
    assert_revision_history(web, 1)


def _one_version_only(kworkload: Namespace, manifests: Manifests) -> None:
    assert_revision_history(_applied(kworkload, manifests), 1)


def _given(deadline: int) -> Any:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = _applied(kworkload, manifests)
        with assert_progress_deadline(web, 2):
            web.patch(without_an_image(deadline))

    return check


def _gets_on(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_progress_deadline(web, 600):
        web.patch(NEW_VERSION)


def _goes_back(kworkload: Namespace, manifests: Manifests) -> None:
    web = _applied(kworkload, manifests)
    with assert_progress_deadline(web, 2):
        web.patch(without_an_image(2))
        assert_eventually(
            kworkload.objects("Deployment"),
            lambda found: any(one.get("reason") == "ProgressDeadlineExceeded" for one in found[0]["status"]["conditions"]),
            says="it is reported",
        )
        web.rollback()


SCENARIOS = (
    Scenario(
        "assert_recreate",
        lambda: workloads.deployment(replicas=1, strategy={"type": "Recreate"}),
        recreated,
        (
            Mutant(
                "strategy RollingUpdate", "deploy-recreate", "spec.strategy.type: Recreate", put("spec.strategy", workloads.rolling(0, 1))
            ),
            Mutant("an old pod is deleted by force", "deploy-recreate", "grace_seconds=0", check=_by_force),
            Mutant("the template stays", "deploy-recreate", "no new revision", check=_scaled),
        ),
    ),
    Scenario(
        "assert_rollover",
        lambda: workloads.deployment(strategy=workloads.rolling(1, 1)),
        rolled_over,
        (
            Mutant("the rollout before is over", "deploy-rollover", "before they are Ready", check=_after_the_rollout),
            Mutant("somebody scales an older ReplicaSet", "deploy-rollover", "what scales", check=_an_older_one_is_scaled),
        ),
    ),
    Scenario(
        "assert_proportional_scaling",
        lambda: workloads.deployment(strategy=workloads.rolling(1, 1)),
        spread,
        (
            Mutant("no rollout is under way", "deploy-proportional-scale", "spec.template", check=_not_in_a_rollout),
            Mutant(
                "strategy Recreate",
                "deploy-proportional-scale",
                "with strategy RollingUpdate",
                put("spec.strategy", {"type": "Recreate"}),
                check=_recreate_instead,
            ),
        ),
    ),
    Scenario(
        "assert_proportional_scaling",
        lambda: workloads.deployment(strategy=workloads.rolling(1, 1)),
        spread,
        (Mutant("a second controller", "deploy-proportional-scale", "what scales ReplicaSets of this Deployment", check=_by_another),),
        name="without its controller",
        marks=(pytest.mark.kworkload(needs=["control-plane:stop"]),),
        breaks=True,
    ),
    Scenario(
        "assert_revision_history",
        lambda: workloads.deployment(replicas=1, revisionHistoryLimit=1),
        limited,
        (
            Mutant(
                "revisionHistoryLimit 10",
                "deploy-history-limit",
                "spec.revisionHistoryLimit: 1 (now 10)",
                put("spec.revisionHistoryLimit", 10),
            ),
            Mutant(
                "revisionHistoryLimit 0",
                "deploy-history-limit",
                "spec.revisionHistoryLimit: 1 (now 0)",
                put("spec.revisionHistoryLimit", 0),
            ),
            Mutant("there was one version only", "deploy-history-limit", "roll out at least 3 versions", check=_one_version_only),
        ),
    ),
    Scenario(
        "assert_progress_deadline",
        lambda: workloads.deployment(replicas=1),
        _given(2),
        (
            Mutant("more time", "deploy-progress-deadline", "spec.progressDeadlineSeconds: 2 (now 600)", check=_given(600)),
            Mutant("less time", "deploy-progress-deadline", "spec.progressDeadlineSeconds: 2 (now 1)", check=_given(1)),
            Mutant("it gets on", "deploy-progress-deadline", "a version that does not become ready", check=_gets_on),
            Mutant("somebody goes back", "deploy-progress-deadline", "who else updates it", check=_goes_back),
        ),
    ),
)
