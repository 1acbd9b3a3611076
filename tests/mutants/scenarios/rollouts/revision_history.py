"""The old versions that are kept."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_revision_history

from ....cluster import workloads
from ....cluster.actions import ready_deployment
from ...scenario import Manifests, Mutant, Scenario, put


def _three_versions(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    for number in (2, 3):
        web.patch(workloads.version(number)).wait_ready()
    assert_revision_history(web, 1)


def _one_version_only(kworkload: Namespace, manifests: Manifests) -> None:
    assert_revision_history(ready_deployment(kworkload, manifests), 1)


SCENARIOS = (
    Scenario(
        "assert_revision_history",
        lambda: workloads.deployment(replicas=1, revisionHistoryLimit=1),
        _three_versions,
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
)
