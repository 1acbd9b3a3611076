"""Small pods, and waiting for what becomes of their containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_kworkload.history.model import History
from pytest_kworkload.workloads.namespace import Namespace

FOREVER = "while :; do sleep 1 & wait $!; done"


def container(name: str = "main", script: str = FOREVER, image: str = "busybox", **fields: Any) -> dict[str, Any]:
    """A container that runs a shell script; `script=""`: what its image says."""
    command = {"command": ["sh", "-c", script]} if script else {}
    return {"name": name, "image": image, **command, **fields}


def pod(*containers: Mapping[str, Any], name: str = "pod", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 2, "containers": list(containers), **spec},
    }


def run(kworkload: Namespace, script: str, image: str = "busybox", *, name: str = "pod", **fields: Any) -> str:
    """What a pod of one container prints until it ends."""
    kworkload.apply(pod(container("main", script, image, **fields), name=name))
    terminated(kworkload, name=name)
    return kworkload.pod(name).logs()


def terminated(kworkload: Namespace, container: str = "main", *, name: str = "pod") -> Mapping[str, Any]:
    """The container's end, once it has come."""
    return _state(kworkload, name, container, "terminated", lambda state: True)


def waiting(kworkload: Namespace, reason: str, container: str = "main", *, name: str = "pod") -> str:
    """The message of a container that waits for this reason."""
    return str(_state(kworkload, name, container, "waiting", lambda state: state.get("reason") == reason).get("message"))


def status(kworkload: Namespace, container: str, is_so: Callable[[Mapping[str, Any]], bool], what: str, *, name: str = "pod") -> Any:
    """The container's status as soon as `is_so`."""

    def look(history: History) -> Mapping[str, Any] | None:
        return next((one for one in _statuses(history, name) if one["name"] == container and is_so(one)), None)

    return kworkload.recording.wait_for(
        look, f"container {container} of pod {name} {what}", kworkload.deadline(None), seen=lambda history: str(_statuses(history, name))
    )


def _state(kworkload: Namespace, name: str, container: str, state: str, is_so: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
    found = status(kworkload, container, lambda one: state in one["state"] and is_so(one["state"][state]), f"to be {state}", name=name)
    result: Mapping[str, Any] = found["state"][state]
    return result


def _statuses(history: History, name: str) -> list[Mapping[str, Any]]:
    fields = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
    pods = [one for one in history.objects("Pod").values() if one["metadata"]["name"] == name]
    return [entry for one in pods for field in fields for entry in one.get("status", {}).get(field, ())]
