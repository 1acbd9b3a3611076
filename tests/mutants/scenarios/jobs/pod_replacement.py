"""The pod that takes the place of a Job's pod."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_job_pod_replacement

from ....cluster import workloads
from ....cluster.jobs.actions import at_work, interrupt
from ...scenario import Manifests, Mutant, Scenario, put


def replaced(kworkload: Namespace, manifests: Manifests) -> None:
    job = at_work(kworkload, manifests[0])
    with assert_job_pod_replacement(job, "Failed"):
        interrupt(kworkload, job)


def _nothing_goes(kworkload: Namespace, manifests: Manifests) -> None:
    with assert_job_pod_replacement(at_work(kworkload, manifests[0]), "Failed"):
        pass


SCENARIOS = (
    Scenario(
        "assert_job_pod_replacement",
        lambda: workloads.slow_job(podReplacementPolicy="Failed"),
        replaced,
        (
            Mutant(
                "TerminatingOrFailed",
                "job-pod-replacement",
                "spec.podReplacementPolicy: Failed (now TerminatingOrFailed)",
                put("spec.podReplacementPolicy", "TerminatingOrFailed"),
            ),
            Mutant(
                "a program that ends at once",
                "job-pod-replacement",
                "takes longer to end",
                put("spec.template.spec.containers.0.command.2", workloads.STOPPABLE.replace("exit 0", "exit 1")),
            ),
            Mutant("nothing goes", "job-pod-replacement", "delete a pod in the block", check=_nothing_goes),
        ),
    ),
)
