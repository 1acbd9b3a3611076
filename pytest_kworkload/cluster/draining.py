"""Draining a node as `kubectl drain` does: which pods have to go, and how they are evicted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from ..errors import ApiError, ClusterError
from ..history.deadline import Deadline
from ..history.model import History, Object
from ..history.recording import Recording
from ..objects.pods import finished, terminating

if TYPE_CHECKING:
    from ..kube.client import Client

KINDS = ("Pod", "PodDisruptionBudget", "Namespace")
MIRROR = "kubernetes.io/config.mirror"


def chosen(
    pods: Iterable[Object], ending: Collection[str] = (), *, force: bool = False, delete_emptydir_data: bool = False
) -> list[Object]:
    """The pods of a node that have to go, by name. Raises ClusterError for those that kubectl evicts only if it is told to.

    `ending` are the namespaces that are being deleted: what is in them goes anyway.
    """
    go, refused = [], []
    for pod in sorted(pods, key=_name):
        owner = next((one["kind"] for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")), None)
        if MIRROR in (pod["metadata"].get("annotations") or {}) or (owner == "DaemonSet" and not finished(pod)):
            continue  # the kubelet's own; and one that its controller would only put back
        if not finished(pod) and not _goes_anyway(pod, ending):
            if owner is None and not force:
                refused.append(f"{_name(pod)}: it has no controller, so nothing would bring it back (force=True)")
            if any("emptyDir" in volume for volume in pod["spec"].get("volumes") or ()) and not delete_emptydir_data:
                refused.append(f"{_name(pod)}: the data in its emptyDir would be lost (delete_emptydir_data=True)")
        go.append(pod)
    if refused:
        raise ClusterError(
            "the node was not drained because of " + (f"{len(refused)} pods" if len(refused) > 1 else "a pod"),
            "\n".join(refused),
            "pass the arguments that are named above, or let a controller own the pod and a claim keep the data",
        )
    return go


def drain(client: Client, recording: Recording, node: str, deadline: Deadline, *, grace_seconds: int | None, **how: bool) -> None:
    """Evict the pods of a node, retrying whenever a budget may allow it, and wait until they are gone."""
    recording.barrier(deadline, "Pod", "Namespace")
    history = recording.since()
    going = chosen((pod for pod in history.objects("Pod").values() if pod["spec"].get("nodeName") == node), _ending(history), **how)
    pending = going
    while True:
        mark = recording.mark()
        history = recording.since()
        # In a namespace that is being deleted no eviction can be made.
        pending = [pod for pod in pending if _stays(history, pod)]
        held = [(pod, why) for pod in pending if (why := _evict(client, pod, grace_seconds)) is not None]
        pending = [pod for pod, _ in held]
        if not pending:
            break
        texts = [f"{_name(pod)}: {why}" for pod, why in held]
        recording.wait_for(
            # The clock is checked here too: if something changes all the time, the wait never times out.
            lambda history: any(map(history.of, KINDS)) and not deadline.expired,
            f"the evictions from {node} to be allowed",
            deadline,
            since=mark,
            seen=lambda history: "\n".join(texts),  # noqa: B023 - called before the next round
        )
    uids = {str(pod["metadata"]["uid"]) for pod in going}
    recording.wait_for(
        lambda history: not _remaining(history, uids),
        f"the pods that were evicted from {node} to be gone",
        deadline,
        seen=lambda history: "still there: " + ", ".join(_remaining(history, uids)),
    )


def _evict(client: Client, pod: Object, grace_seconds: int | None) -> str | None:
    """Ask for an eviction; returns what prevents it, or None."""
    metadata = pod["metadata"]
    try:
        client.evict(metadata["name"], metadata["namespace"], grace_seconds=grace_seconds, uid=metadata["uid"])
    except ApiError as error:
        if error.status in (404, 409):  # gone, or replaced by another one of the same name
            return None
        if error.status == 429 or (error.status == 403 and "is being terminated" in error.message):
            return error.message  # a budget; or a namespace whose deletion has just begun
        raise
    return None


def _ending(history: History) -> set[str]:
    return {str(one["metadata"]["name"]) for one in history.objects("Namespace").values() if terminating(one)}


def _goes_anyway(pod: Object, ending: Collection[str]) -> bool:
    return terminating(pod) or pod["metadata"]["namespace"] in ending


def _stays(history: History, pod: Object) -> bool:
    """Whether only an eviction will remove the pod."""
    now = history.objects("Pod").get(str(pod["metadata"]["uid"]))
    return now is not None and not _goes_anyway(now, _ending(history))


def _remaining(history: History, uids: Collection[str]) -> list[str]:
    return sorted(_name(pod) for uid, pod in history.objects("Pod").items() if uid in uids)


def _name(pod: Object) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
