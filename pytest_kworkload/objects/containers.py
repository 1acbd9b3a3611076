"""A pod's containers by their statuses, which is what the node reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..history.model import History, Object, Version

KILLED = 137  # 128 + SIGKILL


def versions(history: History, uid: str) -> Iterator[tuple[Object, Version | None]]:
    """Every version of a pod in the window, the one at its start (without a Version) first."""
    if uid in history.before("Pod"):
        yield history.before("Pod")[uid], None
    yield from ((one.object, one) for one in history.of("Pod") if one.uid == uid)


def sidecars(pod: Object) -> list[str]:
    """The names of the init containers that are not waited for but run beside the others."""
    return [str(one["name"]) for one in pod["spec"].get("initContainers") or () if one.get("restartPolicy") == "Always"]


def ordinary_inits(pod: Object) -> list[str]:
    """The names of the init containers that must end before the next container starts."""
    return [str(one["name"]) for one in pod["spec"].get("initContainers") or () if one.get("restartPolicy") != "Always"]


def mains(pod: Object) -> list[str]:
    return [str(one["name"]) for one in pod["spec"]["containers"]]


def statuses(pod: Object) -> dict[str, Mapping[str, Any]]:
    """The statuses of all containers by name."""
    status = pod.get("status", {})
    return {str(one["name"]): one for group in ("initContainerStatuses", "containerStatuses") for one in status.get(group) or ()}


def begun(status: Mapping[str, Any]) -> bool:
    """Whether a container has ever been started."""
    return bool({"running", "terminated"} & set(status.get("state") or {}) or status.get("lastState") or status.get("restartCount"))


def end_of_run(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """How a container's present run ended; None while it runs or waits."""
    found: Mapping[str, Any] | None = (status.get("state") or {}).get("terminated")
    return found


def stamp(text: object) -> datetime | None:
    """A time as Kubernetes writes it, in whole seconds."""
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")) if text else None


def container_state(status: Mapping[str, Any]) -> str:
    """A container's state in a few words."""
    state = status.get("state") or {}
    if "running" in state:
        return "running"
    end = state.get("terminated")
    if end is not None:
        return f"ended with exit code {end.get('exitCode')}"
    return f"waiting ({(state.get('waiting') or {}).get('reason', 'no reason')})"


def running_containers(pod: Object) -> list[str]:
    """The containers that a node has started and whose end it has not reported."""
    if not pod["spec"].get("nodeName"):
        return []
    status = pod.get("status", {})
    every = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    return [str(one["name"]) for one in every if "running" in (one.get("state") or {})]
