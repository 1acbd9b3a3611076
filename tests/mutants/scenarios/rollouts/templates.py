"""Templates that are changed and not rolled out."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, Workload, assert_same_revision, assert_template_not_rolled_out

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, drop, put
from .updates import NEW_VERSION

ON_DELETE: dict[str, Any] = {"updateStrategy": {"type": "OnDelete"}}


def changed(kworkload: Namespace, manifests: Manifests) -> None:
    workload = kworkload.apply(manifests).wait_ready().find(Workload, None)
    with assert_template_not_rolled_out(workload, settle=1):
        workload.patch(NEW_VERSION)


def paused(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    web.pause()
    with assert_template_not_rolled_out(web, settle=1):
        web.patch(NEW_VERSION)


def _not_paused(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    with assert_template_not_rolled_out(web, settle=1):
        web.patch(NEW_VERSION)


def _resumed(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    web.pause()
    with assert_template_not_rolled_out(web, settle=1):
        web.patch(NEW_VERSION)
        web.resume()


def _scaled(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_template_not_rolled_out(web, settle=1):
        web.scale(1)


def _daemon_set() -> Manifests:
    return [workloads.daemon_set(**ON_DELETE)]


def _stateful_set() -> Manifests:
    return workloads.stateful_set(replicas=1, **ON_DELETE)


def _in_place(*changes: dict[str, Any]) -> Any:
    """Change these fields of the Deployment's spec, one after the other, the last one in the block."""

    def check(kworkload: Namespace, manifests: Manifests) -> None:
        web = kworkload.apply(manifests).wait_ready().deployment("web")
        for one in changes[:-1]:
            web.patch(one).wait_ready()
        with assert_same_revision(web, settle=1):
            web.patch(changes[-1])

    return check


def _undone(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().deployment("web")
    web.patch(NEW_VERSION).wait_ready()
    with assert_same_revision(web, settle=1):
        web.rollback()


SCENARIOS = (
    Scenario(
        "assert_same_revision",
        lambda: workloads.deployment(replicas=1),
        _in_place({"spec": {"replicas": 2, "minReadySeconds": 1}}),
        (
            Mutant("the template is changed", "revision-per-template", "spec.template: what it was", check=_in_place(NEW_VERSION)),
            Mutant("an older version comes back", "revision-per-template", "spec.template: what it was", check=_undone),
            Mutant("nothing is changed", "revision-per-template", "change spec.replicas", check=_in_place({"spec": {"replicas": 1}})),
        ),
    ),
    Scenario(
        "assert_template_not_rolled_out",
        workloads.replica_set,
        changed,
        (
            Mutant("a Deployment", "template-inert", "spec.paused: true", put("kind", "Deployment")),
            Mutant("no replica", "template-inert", "at least 1 replica", put("spec.replicas", 0)),
            Mutant("the template stays", "template-inert", "change the template in the block", check=_scaled),
        ),
        name="ReplicaSet",
    ),
    Scenario(
        "assert_template_not_rolled_out",
        workloads.deployment,
        paused,
        (
            Mutant("not paused", "template-inert", "spec.paused: true", check=_not_paused),
            Mutant("resumed", "template-inert", "spec.paused: true", check=_resumed),
        ),
        name="Deployment",
    ),
    Scenario(
        "assert_template_not_rolled_out",
        _stateful_set,
        changed,
        (
            Mutant(
                "RollingUpdate (StatefulSet)",
                "template-inert",
                "spec.updateStrategy.type: OnDelete (now RollingUpdate)",
                drop("spec.updateStrategy", "StatefulSet"),
            ),
        ),
        name="StatefulSet",
    ),
    Scenario(
        "assert_template_not_rolled_out",
        _daemon_set,
        changed,
        (
            Mutant(
                "RollingUpdate (DaemonSet)",
                "template-inert",
                "spec.updateStrategy.type: OnDelete (now RollingUpdate)",
                drop("spec.updateStrategy"),
            ),
        ),
        name="DaemonSet",
    ),
)
