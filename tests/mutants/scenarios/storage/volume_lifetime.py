"""How long an ephemeral volume lives."""

from __future__ import annotations

from pytest_kworkload import Namespace, assert_volume_lifetime

from ....cluster import workloads
from ...scenario import Manifests, Mutant, Scenario, put


def _bare() -> Manifests:
    pod = workloads.mounting({"emptyDir": {}}, pod=workloads.pod_spec(command=workloads.STOPPABLE))
    return [workloads.bare_pod(pod=pod)]


def lives(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_volume_lifetime(pod, "data"):
        pod.exec(workloads.STOP)


def _pod_deleted(kworkload: Namespace, manifests: Manifests) -> None:
    pod = kworkload.apply(manifests).wait_ready().pod("pod")
    with assert_volume_lifetime(pod, "data"):
        pod.delete()


SCENARIOS = (
    Scenario(
        "assert_volume_lifetime",
        _bare,
        lives,
        (
            Mutant(
                "emptied at the start",
                "vol-ephemeral-lifetime",
                "what the program does when it starts",
                put("spec.containers.0.command.2", f"rm -f /data/.[!.]*; {workloads.STOPPABLE}"),
            ),
            Mutant(
                "not ephemeral",
                "vol-ephemeral-lifetime",
                "of the kind emptyDir or ephemeral",
                put("spec.volumes.0", {"name": "data", "hostPath": {"path": "/tmp"}}),
            ),
            Mutant("the pod is deleted", "vol-ephemeral-lifetime", "end the container", check=_pod_deleted),
        ),
    ),
)
