"""Changes of a workload that make no revision."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, assert_same_revision

from ....cluster import workloads
from ....cluster.actions import ready_deployment
from ...scenario import Check, Manifests, Mutant, Scenario


def _changed(change: dict[str, Any]) -> Check:
    """Change these fields of the Deployment in the block."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = ready_deployment(kworkload, manifests)
        with assert_same_revision(web, settle=1):
            web.patch(change)

    return check


def _undone(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    web.patch(workloads.new_version()).wait_ready()
    with assert_same_revision(web, settle=1):
        web.rollback()


SCENARIOS = (
    Scenario(
        "assert_same_revision",
        lambda: workloads.deployment(replicas=1),
        _changed({"spec": {"replicas": 2, "minReadySeconds": 1}}),
        (
            Mutant("the template is changed", "revision-per-template", "spec.template", check=_changed(workloads.new_version())),
            Mutant("an older version comes back", "revision-per-template", "spec.template: what it was", check=_undone),
            Mutant("nothing is changed", "revision-per-template", "change spec.replicas", check=_changed({"spec": {"replicas": 1}})),
        ),
    ),
)
