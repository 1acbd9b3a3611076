"""Templates that are changed and not rolled out."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_template_not_rolled_out

from ....cluster import workloads
from ....cluster.actions import ready_deployment, ready_workload
from ...scenario import Manifests, Mutant, Scenario, drop, put

ON_DELETE = {"type": "OnDelete"}


def _changed(kworkload: Namespace, manifests: Manifests) -> None:
    workload = ready_workload(kworkload, manifests)
    with assert_template_not_rolled_out(workload, settle=1):
        workload.patch(workloads.new_version())


def _paused(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    web.pause()
    with assert_template_not_rolled_out(web, settle=1):
        web.patch(workloads.new_version())


def _resumed(kworkload: Namespace, manifests: Manifests) -> None:
    web = ready_deployment(kworkload, manifests)
    web.pause()
    with assert_template_not_rolled_out(web, settle=1):
        web.patch(workloads.new_version())
        web.resume()


def _scaled(kworkload: Namespace, manifests: Manifests) -> None:
    web = kworkload.apply(manifests).wait_ready().replica_set("web")
    with assert_template_not_rolled_out(web, settle=1):
        web.scale(1)


SCENARIOS = (
    Scenario(
        "assert_template_not_rolled_out",
        workloads.replica_set,
        _changed,
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
        _paused,
        (
            Mutant("not paused", "template-inert", "spec.paused: true", check=_changed),
            Mutant("resumed", "template-inert", "spec.paused: true", check=_resumed),
        ),
        name="Deployment",
    ),
    Scenario(
        "assert_template_not_rolled_out",
        lambda: workloads.stateful_set(replicas=1, updateStrategy=ON_DELETE),
        _changed,
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
        lambda: workloads.daemon_set(updateStrategy=ON_DELETE),
        _changed,
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
