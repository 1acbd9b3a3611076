"""Who may use a volume, and how long it lives."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Literal

from ...errors import KworkloadError, NotFound
from ...guarantees.finding import Breach, Finding
from ...guarantees.storage.access_mode import MODE, answered, check_single_user
from ...guarantees.storage.volume_lifetime import KINDS as EPHEMERAL, check_lifetime, ended, volume_kind
from ...history.deadline import Deadline
from ...history.model import History
from ...history.recording import Mark
from ...objects.claims import CLAIM
from ...workloads.pods import Pod
from ...workloads.storage import Claim
from ..window import ABSENCE_SECONDS, ANSWER_SECONDS, Evidence, Window
from .data import own_name


class Lifetime(Evidence):
    """How often the container was started again, or the claim that went with the pod."""

    restarts: int
    claim: str


class Refused(Evidence):
    """The pods that did not get the claim."""

    refused: tuple[str, ...]


def assert_volume_lifetime(
    pod: Pod, volume: str, *, timeout: float | None = None, trigger: Callable[[], object] | None = None
) -> Window[Lifetime]:
    """The pod's ephemeral volume (emptyDir or ephemeral, by its name in spec.volumes) lives exactly as long as the pod.

    The `with` block ends the container that mounts it: what was on the volume is there when the container runs again. Or the
    block deletes the pod: then the claim of a generic ephemeral volume goes too. For the first the helper writes a file of its
    own to the volume, which needs a shell. `timeout` is in seconds. Guarantee: vol-ephemeral-lifetime.
    """
    namespace, uid = pod.namespace, pod.uid
    content = secrets.token_hex(16)
    place: list[tuple[str, str]] = []  # the container that mounts the volume, and our file on it

    def prepare() -> None:
        spec = pod.get()["spec"]
        for container in spec["containers"]:
            for mount in container.get("volumeMounts") or ():
                if mount["name"] == volume and not place:
                    place.append((str(container["name"]), str(PurePosixPath(mount["mountPath"]) / own_name())))
        if not place:
            there = ", ".join(one["name"] for one in spec.get("volumes") or ())
            raise NotFound(f"{pod} has no volume {volume} that a container mounts", f"there: {there}", "name one of its volumes")
        if volume_kind({"spec": spec}, volume) in EPHEMERAL:
            pod.exec(["sh", "-c", 'printf %s "$1" > "$2" && sync', "sh", content, place[0][1]], container=place[0][0])

    def end(mark: Mark, deadline: Deadline) -> None:
        namespace.recording.barrier(deadline, "Pod")
        history = namespace.recording.since(mark)
        if volume_kind(history.before("Pod")[uid], volume) in EPHEMERAL:
            namespace.recording.wait_for(
                lambda history: ended(history, uid, volume, place[0][0]),
                f"container {place[0][0]} of {pod} to run again, or the pod to be gone with its claims",
                deadline,
                since=mark,
            )

    def conclude(finding: Finding, deadline: Deadline) -> Finding:
        if not pod.exists():
            return finding
        container, file = place[0]
        done = pod.client.exec(pod.name, namespace.name, ["cat", file], container=container)
        if done.stdout == content:
            pod.exec(["rm", "-f", file], container=container)
            return finding
        there = f"found: {done.stdout[:60]!r}" if done.exit_code == 0 else "found: no such file"
        lost = Breach("what was written before is not there after the restart", lines=(there,))
        return replace(finding, breaches=(lost,), cause="something empties the volume", change="the program: what it does at its start")

    return Window(
        "assert_volume_lifetime",
        pod,
        Lifetime(),
        ("Pod", CLAIM),
        judge=lambda history: check_lifetime(history, uid, volume, place[0][0]),
        settle=end,
        timeout=timeout,
        prepare=prepare,
        conclude=conclude,
    ).by(trigger)


def assert_access_mode_enforced(
    claim: Claim,
    mode: Literal["ReadWriteOncePod"],
    *,
    settle: float = ABSENCE_SECONDS,
    timeout: float | None = None,
    trigger: Callable[[], object] | None = None,
) -> Window[Refused]:
    """While one pod has the claim, a second one that the `with` block applies is not scheduled: the promise of ReadWriteOncePod.

    That is watched for `settle` seconds after the scheduler has refused it; `timeout`, in seconds, is for the refusal. No other
    mode keeps a pod away from a claim: ReadWriteOnce is about nodes, and only of volumes that are attached.
    Guarantee: pv-access-rwop.
    """
    if mode != MODE:
        raise KworkloadError(
            f"mode={mode!r}",
            "this mode keeps no pod away from a claim: ReadWriteOnce is about nodes, and only where volumes are attached to them",
            f"ask for {MODE}; for ReadWriteMany use assert_shared_across_nodes",
        )
    recording = claim.namespace.recording

    def check(history: History) -> Finding:
        return check_single_user(history, claim.uid)

    def end(mark: Mark, deadline: Deadline) -> None:
        uid = claim.uid
        if recording.absent(lambda history: bool(check(history).breaches) or answered(history, uid), ANSWER_SECONDS, since=mark):
            recording.absent(lambda history: bool(check(history).breaches), min(settle, deadline.remaining), since=mark)

    return Window("assert_access_mode_enforced", claim, Refused(), ("Pod", CLAIM), judge=check, settle=end, timeout=timeout).by(trigger)
