"""Pods of several containers, and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .driver import Json, Namespace

FOREVER = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"


def container(name: str = "main", script: str = FOREVER, image: str = "busybox", **fields: Any) -> Json:
    """A container that runs a shell script; `script=""`: what its image says."""
    command = {"command": ["sh", "-c", script]} if script else {}
    return {"name": name, "image": image, **command, **fields}


def start(ns: Namespace, *containers: Mapping[str, Any], name: str = "pod", metadata: Mapping[str, Any] | None = None, **spec: Any) -> None:
    defaults = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 2, "containers": list(containers)}
    ns.create("pods", {"metadata": {"name": name, **(metadata or {})}, "spec": {**defaults, **spec}})


def run(ns: Namespace, script: str, image: str = "busybox", *, name: str = "pod", **fields: Any) -> str:
    """What a pod of one container prints until it ends."""
    start(ns, container("main", script, image, **fields), name=name)
    terminated(ns, name=name)
    return ns.logs(name)


def status(ns: Namespace, container: str, is_so: Callable[[Json], Any], what: str, *, name: str = "pod") -> Json:
    """The container's status as soon as `is_so`."""

    def found(pod: Json) -> Json | None:
        fields = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
        every = [one for field in fields for one in pod["status"].get(field, ())]
        return next((one for one in every if one["name"] == container and is_so(one)), None)

    result = found(ns.until(name, found, f"container {container} {what}"))
    assert result is not None
    return result


def terminated(ns: Namespace, container: str = "main", *, name: str = "pod") -> Json:
    """The container's end, once it has come."""
    found: Json = status(ns, container, lambda one: "terminated" in one["state"], "to end", name=name)["state"]["terminated"]
    return found


def waiting(ns: Namespace, reason: str, container: str = "main", *, name: str = "pod") -> str:
    """The message of a container that waits for this reason."""
    found = status(ns, container, lambda one: one["state"].get("waiting", {}).get("reason") == reason, f"to be {reason}", name=name)
    return str(found["state"]["waiting"]["message"])


KEPT = {"finalizers": ["kworkload.io/test"]}  # metadata of a pod whose end is to be seen


def deleted(ns: Namespace, container: str = "main", *, name: str = "pod") -> Json:
    """Delete a pod that is KEPT, and return how its container ended."""
    ns.cluster.call("DELETE", f"{ns.path}/pods/{name}")
    try:
        return terminated(ns, container, name=name)
    finally:
        ns.cluster.call("PATCH", f"{ns.path}/pods/{name}", {"metadata": {"finalizers": None}}, kind="merge-patch+json")
