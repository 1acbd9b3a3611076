"""Updates that make no progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pytest_kworkload import Namespace, assert_eventually, assert_progress_deadline

from ....cluster import workloads
from ....cluster.actions import ready_deployment
from ...scenario import Check, Manifests, Mutant, Scenario


def _given(seconds: int) -> Check:
    """An update that has this many seconds to make progress, where 2 are expected."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = ready_deployment(kworkload, manifests)
        with assert_progress_deadline(web, 2):
            web.patch(workloads.without_an_image(progressDeadlineSeconds=seconds))

    return check


def _makes_progress(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_progress_deadline(web, 600):
        web.patch(workloads.new_version())


def _is_rolled_back(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    with assert_progress_deadline(web, 2):
        web.patch(workloads.without_an_image(progressDeadlineSeconds=2))
        assert_eventually(kworkload.objects("Deployment"), _reported, says="it is reported")
        web.rollback()


def _reported(deployments: Sequence[Mapping[str, Any]]) -> bool:
    return any(one.get("reason") == "ProgressDeadlineExceeded" for one in deployments[0]["status"]["conditions"])


SCENARIOS = (
    Scenario(
        "assert_progress_deadline",
        lambda: workloads.deployment(replicas=1),
        _given(2),
        (
            Mutant("more time", "deploy-progress-deadline", "spec.progressDeadlineSeconds: 2 (now 600)", check=_given(600)),
            Mutant("less time", "deploy-progress-deadline", "spec.progressDeadlineSeconds: 2 (now 1)", check=_given(1)),
            Mutant("it makes progress", "deploy-progress-deadline", "a version that does not become ready", check=_makes_progress),
            Mutant("somebody goes back", "deploy-progress-deadline", "who else updates the Deployment", check=_is_rolled_back),
        ),
    ),
)
