"""How the containers of a deleted pod end."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_graceful_termination

from ....cluster import workloads
from ....cluster.pods.actions import bare, container
from ...scenario import Check, Manifests, Mutant, Scenario, drop, put

DEAF = "trap '' TERM; touch /tmp/ready; while :; do sleep 1; done"


def _end(grace_seconds: int | None = None) -> Check:
    def check(kworkload: Namespace, manifests: Manifests) -> None:
        pod = kworkload.apply(manifests).wait_ready().pod("pod")
        with assert_graceful_termination(pod, grace_seconds=4, pre_stop=2):
            pod.delete(grace_seconds=grace_seconds)

    return check


SCENARIOS = (
    Scenario(
        "assert_graceful_termination",
        lambda: bare(
            containers=container(lifecycle=workloads.pre_stop("sleep 2")),
            terminationGracePeriodSeconds=4,
        ),
        _end(),
        (
            Mutant(
                "a program that ignores SIGTERM",
                "pod-graceful-termination",
                "ends on SIGTERM",
                put("spec.containers.0.command", ["sh", "-c", DEAF]),
            ),
            Mutant("no preStop hook", "pod-graceful-termination", "lifecycle.preStop", drop("spec.containers.0.lifecycle")),
            Mutant(
                "another grace period",
                "pod-graceful-termination",
                "spec.terminationGracePeriodSeconds: 4 (now 9)",
                put("spec.terminationGracePeriodSeconds", 9),
            ),
            Mutant("a deletion by force", "pod-graceful-termination", "without grace_seconds=0", check=_end(grace_seconds=0)),
        ),
    ),
)
