"""What the tests of pods have in common: pods that differ in a field, and what happens to them."""

from __future__ import annotations

from typing import Any

from pytest_kworkload import Namespace, Pod, assert_consistently, assert_eventually
from pytest_kworkload.objects.readiness import condition

from .. import workloads

GATE = "example.com/in-service"


def bare(**spec: Any) -> dict[str, Any]:
    """A pod without a controller; these fields are added to its spec."""
    return workloads.bare_pod(pod={**workloads.pod_spec(), **spec})


def container(**fields: Any) -> list[dict[str, Any]]:
    """The pod's only container, with these fields changed."""
    return [{**workloads.pod_spec()["containers"][0], **fields}]


def applied(kworkload: Namespace, **spec: Any) -> Pod:
    """That pod, when it is ready."""
    return kworkload.apply(bare(**spec)).wait_ready().pod("pod")


def containers_ready(kworkload: Namespace) -> None:
    """Wait until the containers of the namespace's pods are ready, whatever else the pods wait for."""
    assert_eventually(
        kworkload.pods(),
        lambda pods: bool(pods) and all(condition(one, "ContainersReady").get("status") == "True" for one in pods),
        says="the containers are ready",
    )


def before_its_settings(kworkload: Namespace, manifest: dict[str, Any]) -> None:
    """Apply the pod, and the ConfigMap only when it would have started without it."""
    kworkload.apply(manifest)
    assert_consistently(kworkload.pods(), lambda pods: len(pods) == 1, says="it is there", duration=2)
    kworkload.apply(workloads.settings())


def said_to_run(kworkload: Namespace, manifest: dict[str, Any]) -> None:
    """Apply a pod of a node that is not there, and write what its kubelet would; the ConfigMap comes afterwards."""
    kworkload.apply(manifest)
    runs = {"name": "main", "image": "busybox:1.36", "imageID": "", "ready": True, "restartCount": 0, "state": {"running": {}}}
    status = {"phase": "Running", "containerStatuses": [runs]}
    kworkload.client.patch("Pod", "pod", {"status": status}, kworkload.name, subresource="status")
    assert_consistently(kworkload.pods(), lambda pods: len(pods) == 1, says="it is there", duration=2)
    kworkload.apply(workloads.settings())
