"""How long an ephemeral volume lives."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from ...errors import NotFound
from ...guarantees.finding import Breach, Finding
from ...guarantees.storage.volume_lifetime import KINDS, check_volume_lifetime, restarted_or_gone, volume_kind
from ...history.deadline import Deadline
from ...history.recording import Mark
from ...objects.claims import CLAIM
from ...workloads.pods import Pod
from ..window import Evidence, Window
from . import own_files


class Lifetime(Evidence):
    """How often the container was started again, or the claim that went with the pod."""

    restarts: int
    claim: str


def assert_volume_lifetime(
    pod: Pod, volume: str, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Lifetime]:
    """The pod's ephemeral volume (emptyDir or ephemeral, by its name in spec.volumes) lives exactly as long as the pod.

    The `with` block ends the container that mounts it: what was on the volume is there when the container runs again. Or the
    block deletes the pod: then the claim of a generic ephemeral volume goes too. For the first the helper writes a file of its
    own to the volume, which needs a shell. `timeout` is in seconds. Fails as vacuous if the block does neither, and for an emptyDir
    whose pod is deleted. Raises NotFound if no container mounts a volume of this name.
    Guarantee: vol-ephemeral-lifetime.
    """
    namespace, uid = pod.namespace, pod.uid
    content = secrets.token_hex(16)
    place: list[tuple[str, str]] = []  # the container that mounts the volume, and our file on it

    def prepare() -> None:
        spec = pod.get()["spec"]
        for container in spec["containers"]:
            for mount in container.get("volumeMounts") or ():
                if mount["name"] == volume and not place:
                    place.append((str(container["name"]), str(PurePosixPath(mount["mountPath"]) / own_files.own_name())))
        if not place:
            there = ", ".join(one["name"] for one in spec.get("volumes") or ())
            raise NotFound(f"{pod} has no volume {volume} that a container mounts", f"there: {there}", "name one of its volumes")
        if volume_kind({"spec": spec}, volume) in KINDS:
            own_files.write(pod, *place[0], content)

    def end(mark: Mark, deadline: Deadline) -> None:
        namespace.recording.barrier(deadline, "Pod")
        history = namespace.recording.since(mark)
        if volume_kind(history.before("Pod")[uid], volume) in KINDS:
            namespace.recording.wait_for(
                lambda history: restarted_or_gone(history, uid, volume, place[0][0]),
                f"container {place[0][0]} of {pod} to run again, or the pod to be gone with its claims",
                deadline,
                since=mark,
            )

    def conclude(finding: Finding, deadline: Deadline) -> Finding:
        if not pod.exists():
            return finding
        now = own_files.read(pod, *place[0])
        if now == content:
            own_files.remove(pod, *place[0])
            return finding
        lines = (f"found: {now[:60]!r}" if now is not None else "found: no such file",)
        return replace(
            finding,
            breaches=(Breach("what was written before is not there after the restart", lines=lines),),
            cause="something emptied the volume",
            check="what the program does when it starts",
        )

    return Window(
        "assert_volume_lifetime",
        pod,
        Lifetime(),
        ("Pod", CLAIM),
        judge=lambda history: check_volume_lifetime(history, uid, volume, place[0][0]),
        settle=end,
        timeout=timeout,
        prepare=prepare,
        conclude=conclude,
    ).by(trigger)
